"""One history: step by step until nothing is left to do, then the invariants."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from foodchassis import ServiceError
from foodctl.simulation import actors
from foodctl.simulation.actors import Move
from foodctl.simulation.choices import Choices
from foodctl.simulation.faults import IN_RELAY, IN_WORK, Fault
from foodctl.simulation.invariants import breaches, violations
from foodctl.simulation.node import Node
from foodctl.simulation.plan import draw
from foodctl.simulation.transport import Message
from foodctl.simulation.work import Letter
from foodctl.simulation.world import STEP, Parts, World

MOST_STEPS = 1_000
LATER = timedelta(seconds=5)
# Of so many rolls, the last lets a timer run out and those from MOVE on let somebody act; messages have the rest.
ROLLS, MOVE = 40, 31
TIMER = ROLLS - 1
SOUND = Parts()


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
        world = self.world
        self._say(world.plan.says())
        work, plan = world.order.begin(world.now), world.plan
        world.order.place(work, auto_accept=plan.auto_accept, prep_minutes=plan.prep_minutes)
        world.order.commit(work)
        for number in range(MOST_STEPS):
            world.now += STEP
            if not self._step(faulty=number < world.plan.faulty_steps):
                return violations(world)
            if broken := breaches(world):
                return broken
        return ["it never ends", *violations(world)]

    def _step(self, *, faulty: bool) -> bool:
        """Take one step; False when none is left."""
        letters = [(node, letter) for node in self.world.nodes for letter in node.outbox]
        moves = actors.moves(self.world)
        messages = self._messages(idle=not (letters or moves))
        timer = self.world.earliest()
        roll = self._choices.below(ROLLS) if faulty else 0
        if timer and (roll == TIMER or not (letters or messages or moves)):
            self._ring(*timer, self._fault(IN_WORK[timer[0].name], faulty=faulty))
        elif moves and (roll >= MOVE or not (letters or messages)):
            move = moves[self._choices.below(len(moves))]
            self._move(move, self._fault(IN_WORK[move.node.name], faulty=faulty))
        elif letters or messages:
            index = self._choices.below(len(letters) + len(messages))
            if index < len(letters):
                self._relay(*letters[index], self._fault(IN_RELAY, faulty=faulty))
            else:
                message = messages[index - len(letters)]
                self._deliver(message, self._fault(IN_WORK[message.node.name], faulty=faulty))
        else:
            return False
        return True

    def _messages(self, *, idle: bool) -> list[Message]:
        """List what may be delivered now; what the plan holds back waits until nobody has anything else to do."""
        ready = [message for message in self.world.transport.queue if message.ready]
        return [one for one in ready if not self._held_back(one)] or (ready if idle else [])

    def _held_back(self, message: Message) -> bool:
        plan, node = self.world.plan, message.node
        return node.name == plan.slow or (plan.late_repeats and message.letter.id in node.inbox)

    def _fault(self, kinds: tuple[Fault, ...], *, faulty: bool) -> Fault:
        """Choose a fault, one time in three."""
        index = self._choices.below(3 * len(kinds)) if faulty else 0
        fault = kinds[index - 1] if 0 < index <= len(kinds) else Fault.NONE
        self.world.provider.trouble = fault
        return fault

    def _relay(self, node: Node[Any], letter: Letter, fault: Fault) -> None:
        self.world.transport.relay(node, letter, fault)
        self._say(f"{node.name} publishes {letter.event.routing_key} #{letter.id}", fault)

    def _deliver(self, message: Message, fault: Fault) -> None:
        outcome = self.world.transport.deliver(message, self.world.now, fault)
        letter = message.letter
        self._say(f"{message.node.name} receives {letter.event.routing_key} #{letter.id}: {outcome}", fault)

    def _ring(self, node: Node[Any], timer: str, fault: Fault) -> None:
        self.world.wait_for(node, timer)
        work = node.begin(self.world.now)
        work.clear_timer(timer)
        try:
            node.ring(work, timer)
        except ServiceError as error:
            node.timers[timer] = self.world.now + LATER
            self._say(f"{node.name}: {timer} has run out and waits: {error}", fault)
            return
        self.world.transport.commit(node, work, fault)
        self._say(f"{node.name}: {timer} has run out", fault)

    def _move(self, move: Move, fault: Fault) -> None:
        work = move.node.begin(self.world.now)
        try:
            move.act(work)
        except ServiceError as error:
            self._say(f"{move.says}: refused, {error}", fault)
            return
        self.world.transport.commit(move.node, work, fault)
        self._say(move.says, fault)

    def _say(self, what: str, fault: Fault = Fault.NONE) -> None:
        if self._tell is not silent:
            world = self.world
            states = " ".join(str(node.row.status) if node.row else "-" for node in world.nodes)
            trouble = f"  !! {fault}" if fault is not Fault.NONE else ""
            self._tell(f"{world.now:%H:%M:%S}  {states:<36}  {what}{trouble}")
