"""State machines as a declarative table, and pure functions that run and render it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from foodchassis.kernel.errors import ConflictError

S = TypeVar("S", bound=StrEnum)
ANYBODY = "system"


class IllegalTransitionError(ConflictError):
    """The current state has no such step."""

    title = "This step is not possible now"


@dataclass(frozen=True)
class Guard:
    """A condition and its description in the documentation."""

    says: str
    holds: Callable[[Any], bool]


@dataclass(frozen=True)
class Step(Generic[S]):
    """One row of the table: `source` may be one state, several, or None for creation."""

    source: S | tuple[S, ...] | None
    trigger: str
    target: S
    emits: type | None = None
    by: str = ANYBODY
    guard: Guard | None = None
    row: str = ""

    @property
    def sources(self) -> tuple[S | None, ...]:
        """The states this step leaves."""
        return self.source if isinstance(self.source, tuple) else (self.source,)


class Machine(Generic[S]):
    """A set of steps over the states of one enum; a state that no step leaves is terminal."""

    def __init__(self, states: type[S], *steps: Step[S], name: str = "") -> None:
        self.name = name or states.__name__
        self.states = states
        self.steps = steps
        self._by_source: Mapping[tuple[S | None, str], list[Step[S]]] = self._index()

    def _index(self) -> dict[tuple[S | None, str], list[Step[S]]]:
        index: dict[tuple[S | None, str], list[Step[S]]] = {}
        for step in self.steps:
            for source in step.sources:
                rivals = index.setdefault((source, step.trigger), [])
                if any(rival.guard is None for rival in rivals):
                    msg = f"{self.name}: {source} on {step.trigger} is decided twice"
                    raise ValueError(msg)
                rivals.append(step)
        return index

    @property
    def terminal(self) -> frozenset[S]:
        """The states that no step leaves for another."""
        left = {source for step in self.steps for source in step.sources if source != step.target}
        return frozenset(state for state in self.states if state not in left)

    @property
    def triggers(self) -> tuple[str, ...]:
        """Every trigger, in the table's order."""
        return tuple(dict.fromkeys(step.trigger for step in self.steps))

    def step(self, state: S | None, trigger: str, subject: Any = None) -> Step[S]:
        """Return the step that `trigger` takes from `state`.

        Raises IllegalTransitionError, which names the current state, when no step's guard holds.
        """
        candidates = self._by_source.get((state, trigger), [])
        for step in candidates:
            if step.guard is None or step.guard.holds(subject):
                return step
        reason = "; ".join(step.guard.says for step in candidates if step.guard)
        suffix = f" unless {reason}" if reason else ""
        raise IllegalTransitionError(f"{trigger} is not possible while {self.name} is {state}{suffix}.")

    def allows(self, state: S | None, trigger: str, subject: Any = None) -> bool:
        """Return whether `trigger` has a step from `state`."""
        return any(s.guard is None or s.guard.holds(subject) for s in self._by_source.get((state, trigger), []))

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield the table for documentation: row, from, to, trigger, by, guard, event."""
        for step in self.steps:
            yield (
                step.row,
                ", ".join(str(source or "–") for source in step.sources),  # noqa: RUF001 - an en dash means "nothing yet"
                str(step.target),
                step.trigger,
                step.by,
                step.guard.says if step.guard else "",
                getattr(step.emits, "routing_key", ""),
            )

    def mermaid(self) -> str:
        """Draw the machine as a Mermaid state diagram."""
        lines = ["stateDiagram-v2"]
        arrows: dict[tuple[str, str], list[str]] = {}
        for step in self.steps:
            for source in step.sources:
                arrows.setdefault((source or "[*]", step.target), []).append(step.trigger)
        lines += [f"    {source} --> {target}: {', '.join(triggers)}" for (source, target), triggers in arrows.items()]
        lines += [f"    {state} --> [*]" for state in self.states if state in self.terminal]
        return "\n".join(lines)
