"""One history: step by step until nothing is left to do, then the invariants."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from foodlab.simulation.actors import moves
from foodlab.simulation.invariants import breaches, violations
from foodlab.simulation.plan import Choices, draw, order
from foodlab.simulation.services import Parts, World
from foodlab.simulation.shell import Fault

STEP, MOST_STEPS = timedelta(seconds=5), 1_000
# Of so many rolls, the last lets a timer pass and those from MOVE on let a person act; the machinery has the rest.
ROLLS, MOVE, TIMER = 60, 48, 59
IN_WORK = (Fault.CRASH_BEFORE_COMMIT, Fault.CRASH_AFTER_COMMIT)
IN_RELAY = (Fault.CRASH_BEFORE_PUBLISH, Fault.CRASH_AFTER_PUBLISH)
IN_ASKING = (Fault.CRASH_BEFORE_ASKING, Fault.CRASH_AFTER_EFFECT)
SOUND = Parts()


class Errand(NamedTuple):
    """Something that may happen next: who does it, how, what may go wrong, and whether it is a repeat."""

    who: str
    run: Callable[[Fault], str]
    faults: tuple[Fault, ...] = IN_WORK
    repeats: bool = False


class History:
    """Plays one history by its choices; `tell` is called with each step in words."""

    def __init__(self, choices: Choices, parts: Parts = SOUND, tell: Callable[[str], None] | None = None) -> None:
        self._choices = choices
        self._tell = tell
        self.world = World(draw(choices), parts)

    def run(self) -> list[str]:
        """Play it to its end and return the invariants it broke."""
        world, plan = self.world, self.world.plan
        self._say(", ".join(f"{name} {value}" for name, value in vars(plan).items()), Fault.NONE)
        world.shell.command(world.order, "place", order(plan), Fault.NONE)
        for number in range(MOST_STEPS):
            world.shell.now += STEP
            faulty = number < plan.faulty_steps
            if (errand := self._next(faulty=faulty)) is None:
                return violations(world)
            fault = self._fault(errand.faults) if faulty else Fault.NONE
            self._say(errand.run(fault), fault)
            if broken := [*breaches(world)]:
                return broken
        return ["it never ends", *violations(world)]

    def _next(self, *, faulty: bool) -> Errand | None:
        """Choose what happens next; None when nothing is left to do."""
        world, shell = self.world, self.world.shell
        people, errands, plan = [Errand(*move) for move in moves(world)], [*self._errands(faulty=faulty)], world.plan
        # What the plan holds back waits until nothing else is to be done.
        prompt = [one for one in errands if one.who != plan.slow and not (one.repeats and plan.late_repeats)]
        prompt = prompt or ([] if people else errands)
        timers = [(due, timer, node) for node in shell.nodes for timer, due in node.timers.items()]
        roll = self._choices.below(ROLLS) if faulty else 0
        if timers and (roll == TIMER or not (prompt or people)):
            _, timer, node = min(timers, key=lambda one: one[:2])
            return Errand(node.name, partial(shell.ring, node, timer))
        chosen = people if people and (roll >= MOVE or not prompt) else prompt
        return chosen[self._choices.below(len(chosen))] if chosen else None

    def _errands(self, *, faulty: bool) -> Iterator[Errand]:
        """Yield what the machinery may do now."""
        shell = self.world.shell
        for node in shell.nodes:
            for letter in node.outbox:
                yield Errand("relay", partial(shell.relay, node, letter), IN_RELAY)
            for effect in node.effects.values():
                # A question may be asked twice, by two instances, before the first answer comes.
                if sum(reply.effect is effect for reply in shell.replies) < 1 + faulty:
                    yield Errand("provider", partial(shell.ask, node, effect), IN_ASKING)
        for message in shell.queue:
            if message.waits_since < message.node.commits:
                repeats = message.redelivered or message.letter in message.node.inbox
                yield Errand(message.node.name, partial(shell.deliver, message), repeats=repeats)
        for reply in shell.replies:
            yield Errand("provider", partial(shell.answer, reply))

    def _fault(self, kinds: tuple[Fault, ...]) -> Fault:
        # One time in three something goes wrong.
        index = self._choices.below(3 * len(kinds))
        return kinds[index - 1] if 0 < index <= len(kinds) else Fault.NONE

    def _say(self, what: str, fault: Fault) -> None:
        if self._tell is not None:
            states = " ".join(str(node.row.status) if node.row else "-" for node in self.world.nodes.values())
            trouble = f"  !! {fault}" if fault is not Fault.NONE else ""
            self._tell(f"{self.world.shell.now:%d. %H:%M:%S}  {states:<36}  {what}{trouble}")
