"""What people may do next: the customer, the restaurant, an admin and the drivers."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from delivery_service.models import DeliveryStatus
from foodlab.simulation.plan import PRICED, REFUND, SETTLEMENT
from foodlab.simulation.services import COMES, World
from order_service.machine import BEFORE_PICKUP
from order_service.models import OrderStatus
from order_service.rules.commands import Accept, Cancel, Reject
from payment_service.machine import TAKEN
from payment_service.rules.commands import RefundWanted, Settle

O, D = OrderStatus, DeliveryStatus  # noqa: E741 - a table reads better with short names
# Who is asked for what, in which states, with which trick of the plan, and by which command.
MOVES: tuple[tuple[str, str, tuple[Any, ...], str | None, Any], ...] = (
    ("order", "accept", (O.PLACED,), None, lambda plan: Accept(plan.prep_minutes)),
    ("order", "reject", (O.PLACED,), "reject", lambda _: Reject("sold out")),
    ("order", "ready", (O.PAID, O.ASSIGNED), None, None),
    ("order", "cancel", BEFORE_PICKUP, "cancel", lambda plan: Cancel(plan.canceller, "changed my mind")),
    ("order", "owner.erased", BEFORE_PICKUP, "close", None),
    ("payment", "refund", TAKEN, "refund", lambda _: RefundWanted(REFUND, PRICED.total // 2, "cold")),
    ("payment", "settle", TAKEN, "settle", lambda _: Settle(SETTLEMENT, 1_500)),
    ("delivery", COMES, (None, *D), None, None),
    ("delivery", "offer.accepted", (D.OFFERED,), None, None),
    ("delivery", "offer.declined", (D.OFFERED,), "decline", None),
    ("delivery", "pickup", (D.ASSIGNED,), None, None),
    ("delivery", "unassign", (D.ASSIGNED,), "unassign", None),
    ("delivery", "deliver", (D.PICKED_UP,), None, None),
    ("delivery", "fail", (D.PICKED_UP,), "fail", None),
    ("delivery", "customer.absent", (D.PICKED_UP,), "absent", None),
    ("delivery", "customer.erased", tuple(D), "leave", None),
)
ONCE = {"owner.erased", "customer.erased", "refund", "settle"}
# The tricks of those who don't do their work.
OMITTED = {"accept": {"mute"}, "pickup": {"dawdle", "silence"}, "deliver": {"vanish"}}


def moves(world: World) -> Iterator[tuple[str, partial[str]]]:
    """Yield what people may ask now, with the node that does it; what was refused waits until the node has changed."""
    plan, shell = world.plan, world.shell
    for name, trigger, states, trick, command in MOVES:
        node, allowed = world.nodes[name], states[plan.cancels_from :] if states is BEFORE_PICKUP else states
        if (node.row and node.row.status) not in allowed or shell.refused.get((name, trigger)) == node.commits:
            continue
        most = plan.drivers if trigger == COMES else 1 if trigger in ONCE else 1_000
        omitted = (trick and trick not in plan.tricks) or OMITTED.get(trigger, set()) & {*plan.tricks}
        if not omitted and node.triggers[trigger] < most:
            yield name, partial(shell.command, node, trigger, command and command(plan))
