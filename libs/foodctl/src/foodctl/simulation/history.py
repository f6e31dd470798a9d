"""One history: step by step until nothing is left to do, then the invariants."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from foodctl.simulation import actors
from foodctl.simulation.choices import Choices
from foodctl.simulation.faults import IN_ASKING, IN_RELAY, IN_WORK, Fault
from foodctl.simulation.invariants import breaches, violations
from foodctl.simulation.people import order
from foodctl.simulation.plan import draw
from foodctl.simulation.world import STEP, Parts, World

MOST_STEPS = 1_000
# Of so many rolls, the last lets a timer pass and those from MOVE on let a person act; the machinery has the rest.
ROLLS, MOVE = 60, 48
TIMER = ROLLS - 1
SOUND = Parts()


class Errand(NamedTuple):
    """Something that the machinery may do next: `run` does it under a fault and may say what came of it."""

    who: str
    says: str
    faults: tuple[Fault, ...]
    run: Callable[[Fault], str | None]
    late: bool = False


def silent(line: str) -> None:
    """Tell nobody."""


class History:
    """Plays one history by its choices; `tell` hears each step."""

    def __init__(self, choices: Choices, parts: Parts = SOUND, tell: Callable[[str], None] = silent) -> None:
        self._choices = choices
        self._tell = tell
        self.world = World(draw(choices), parts)

    def run(self) -> list[str]:
        """Play it to its end and return the invariants it broke."""
        world, plan = self.world, self.world.plan
        self._say(plan.says())
        placed = order(method=plan.method, auto_accept=plan.auto_accept, prep_minutes=plan.prep_minutes)
        world.shell.command(world.order, "place", placed, world.now, Fault.NONE)
        for number in range(MOST_STEPS):
            world.now += STEP
            if not self._step(faulty=number < plan.faulty_steps):
                return violations(world)
            if broken := breaches(world):
                return broken
        return ["it never ends", *violations(world)]

    def _step(self, *, faulty: bool) -> bool:
        """Take one step; False when none is left."""
        moves, timer = actors.moves(self.world), self.world.earliest()
        errands = [*self._errands(faulty=faulty)]
        prompt = [one for one in errands if not self._held_back(one)]
        if not (prompt or moves):
            # What the plan holds back waits until nothing else is to be done.
            prompt = errands
        roll = self._choices.below(ROLLS) if faulty else 0
        if timer and (roll == TIMER or not (prompt or moves)):
            node, name = timer
            self.world.now = max(self.world.now, node.timers[name])
            ring = partial(self.world.shell.ring, node, name, self.world.now)
            errand = Errand(node.name, f"{node.name}: {name.name} has passed", IN_WORK, ring)
        elif moves and (roll >= MOVE or not prompt):
            says, node, trigger, event = moves[self._choices.below(len(moves))]
            errand = Errand(
                node.name, says, IN_WORK, partial(self.world.shell.command, node, trigger, event, self.world.now)
            )
        elif prompt:
            errand = prompt[self._choices.below(len(prompt))]
        else:
            return False
        fault = self._fault(errand.faults, faulty=faulty)
        outcome = errand.run(fault)
        self._say(errand.says + (f": {outcome}" if outcome else ""), fault)
        return True

    def _errands(self, *, faulty: bool) -> Iterator[Errand]:
        """List what the machinery may do now."""
        shell, now = self.world.shell, self.world.now
        for node in self.world.nodes:
            for letter in node.outbox:
                says = f"{node.name} publishes {letter.event.routing_key} #{letter.id}"
                yield Errand("relay", says, IN_RELAY, partial(shell.relay, node, letter))
            for effect in node.effects.values():
                # A question may be asked twice, by two instances, before the first answer comes.
                if sum(reply.effect is effect for reply in shell.replies) < 1 + faulty:
                    says = f"{node.name} asks to {effect.payload['operation']}"
                    yield Errand("provider", says, IN_ASKING, partial(shell.ask, node, effect))
        for message in shell.queue:
            if message.ready:
                node, letter = message.node, message.letter
                says = f"{node.name} receives {letter.event.routing_key} #{letter.id}"
                late = message.redelivered or letter.id in node.inbox
                yield Errand(node.name, says, IN_WORK, partial(shell.deliver, message, now), late)
        for reply in shell.replies:
            says = f"{reply.node.name} hears of the {reply.effect.payload['operation']}"
            yield Errand("provider", says, IN_WORK, partial(shell.answer, reply, now))

    def _held_back(self, errand: Errand) -> bool:
        return errand.who == self.world.plan.slow or (errand.late and self.world.plan.late_repeats)

    def _fault(self, kinds: tuple[Fault, ...], *, faulty: bool) -> Fault:
        """Choose a fault, one time in three."""
        index = self._choices.below(3 * len(kinds)) if faulty else 0
        return kinds[index - 1] if 0 < index <= len(kinds) else Fault.NONE

    def _say(self, what: str, fault: Fault = Fault.NONE) -> None:
        if self._tell is not silent:
            world = self.world
            rows: list[Any] = [node.row for node in world.nodes]
            states = " ".join(str(row.status) if row else "-" for row in rows)
            trouble = f"  !! {fault}" if fault is not Fault.NONE else ""
            self._tell(f"{world.now:%H:%M:%S}  {states:<36}  {what}{trouble}")
