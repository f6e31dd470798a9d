"""What people may do next: the customer, the restaurant, an admin and the drivers."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from delivery_service.models import DeliveryStatus
from foodctl.simulation.people import PRICED, REFUND, SETTLEMENT
from foodctl.simulation.plan import Plan
from foodctl.simulation.services import COMES, World
from order_service.models import OrderStatus
from order_service.rules.commands import Accept, Cancel, Reject
from payment_service.machine import TAKEN
from payment_service.rules.commands import RefundWanted, Settle

O, D = OrderStatus, DeliveryStatus  # noqa: E741 - a table reads better with short names


class Move(NamedTuple):
    """What a person may ask of a node in some states, with a trick if it takes one; the node may refuse it."""

    says: str
    node: str
    trigger: str
    states: Callable[[Plan], tuple[Any, ...]] | tuple[Any, ...]
    trick: str | None = None
    event: Callable[[Plan], Any] = lambda _: None
    times: int = 1_000


REFUSING = {"accept": {"mute"}, "pickup": {"dawdle", "silence"}, "deliver": {"vanish"}}
MOVES = (
    Move("the restaurant accepts", "order", "accept", (O.PLACED,), None, lambda plan: Accept(plan.prep_minutes)),
    Move("the restaurant rejects", "order", "reject", (O.PLACED,), "reject", lambda _: Reject("sold out")),
    Move("the food is ready", "order", "ready", (O.PAID, O.ASSIGNED)),
    Move(
        *("the order is cancelled", "order", "cancel", lambda plan: plan.cancels_in, "cancel"),
        lambda plan: Cancel(plan.canceller, "changed my mind"),
    ),
    Move("the owner is erased", "order", "owner.erased", lambda plan: plan.cancels_in, "close", times=1),
    Move("the customer is erased", "delivery", "customer.erased", tuple(D), "leave", times=1),
    Move("a driver comes online", "delivery", COMES, (None, *D)),
    Move("the driver takes the offer", "delivery", "offer.accepted", (D.OFFERED,)),
    Move("the driver declines", "delivery", "offer.declined", (D.OFFERED,), "decline"),
    Move("the driver picks up", "delivery", "pickup", (D.ASSIGNED,)),
    Move("the driver gives up", "delivery", "unassign", (D.ASSIGNED,), "unassign"),
    Move("the driver delivers", "delivery", "deliver", (D.PICKED_UP,)),
    Move("the driver loses the food", "delivery", "fail", (D.PICKED_UP,), "fail"),
    Move("the driver finds nobody", "delivery", "customer.absent", (D.PICKED_UP,), "absent"),
    Move(
        *("an admin refunds half", "payment", "refund", TAKEN, "refund"),
        *(lambda _: RefundWanted(REFUND, PRICED.total // 2, "cold"), 1),
    ),
    Move("an admin settles", "payment", "settle", TAKEN, "settle", lambda _: Settle(SETTLEMENT, 1_500), 1),
)


def moves(world: World) -> Iterator[tuple[str, partial[str]]]:
    """Yield what people may do now, with the node that does it; what was refused waits until the node has changed."""
    plan = world.plan
    for says, name, trigger, states, trick, event, times in MOVES:
        node = world.nodes[name]
        if trick is not None and trick not in plan.tricks or plan.tricks & REFUSING.get(trigger, set()):
            continue
        allowed = plan.cancels_in if callable(states) else states
        most = plan.drivers if trigger == COMES else times
        status = node.row.status if node.row else None
        if (
            status in allowed
            and node.triggers[trigger] < most
            and world.shell.refused.get((name, trigger)) != node.commits
        ):
            yield name, partial(world.shell.command, node, says, trigger, event(plan))
