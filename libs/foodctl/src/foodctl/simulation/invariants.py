"""What must be true of every history when nothing is left to do."""

from collections.abc import Iterator

from delivery_service.machine import DELIVERY
from foodctl.simulation.money import CANCEL
from foodctl.simulation.world import World
from foodevents import OrderCancelRequested
from order_service.machine import KITCHEN, ORDER
from order_service.models import OrderStatus
from payment_service.machine import PAYMENT
from payment_service.models import Operation, PaymentStatus

ORDER_ENDS, PAYMENT_ENDS, DELIVERY_ENDS = ORDER.terminal, PAYMENT.terminal, DELIVERY.terminal
CLOSED = (PaymentStatus.DECLINED, PaymentStatus.VOIDED, PaymentStatus.CAPTURE_FAILED, PaymentStatus.REFUNDED)
REACHED = (OrderStatus.DELIVERED, OrderStatus.UNDELIVERABLE)


def breaches(world: World) -> list[str]:
    """List what must not be true even for a moment."""
    order, payment, delivery = world.order.row, world.payment.row, world.delivery.row
    running = delivery is not None and delivery.status is not None and delivery.status not in DELIVERY_ENDS
    broken = []
    if delivery and len(delivery.engaging) > 1:
        broken.append("two drivers are engaged")
    if running and OrderCancelRequested in world.delivery.heard:
        broken.append("the delivery goes on though it heard of the cancellation")
    if order and order.status is OrderStatus.CANCELLED:
        if running:
            broken.append("cancelled while its delivery goes on")
        if payment and CANCEL not in payment.causes and payment.status not in CLOSED:
            broken.append(f"cancelled while its payment is {payment.status}")
    return broken


def violations(world: World) -> list[str]:
    """List every invariant that the end of a history breaks."""
    return [*_endings(world), *_path(world), *_money(world), *_driver(world), *_leftovers(world)]


def _endings(world: World) -> Iterator[str]:
    order, delivery = world.order.row, world.delivery.row
    if order is None or order.status not in ORDER_ENDS:
        yield f"the order did not end: {order.status if order else None}"
    if delivery and delivery.status is not None and delivery.status not in DELIVERY_ENDS:
        yield f"the delivery did not end: {delivery.status}"


def _path(world: World) -> Iterator[str]:
    """Every version came by a row of the tables, and no terminal state was left."""
    known = {(source, step.trigger, step.target) for step in ORDER.steps for source in step.sources}
    kitchen = {step.trigger for step in KITCHEN.steps}
    came_from = None
    for number, (trigger, status) in enumerate(world.order.path, start=1):
        if (came_from, trigger, status) not in known and not (trigger in kitchen and came_from == status):
            yield f"version {number} is no row of the table: {came_from} on {trigger} to {status}"
        if came_from in ORDER_ENDS and status != came_from:
            yield f"version {number} left {came_from}, which is terminal"
        came_from = status
    if world.order.row is not None and world.order.row.version != len(world.order.path):
        yield f"version {world.order.row.version} after {len(world.order.path)} steps"


def _money(world: World) -> Iterator[str]:
    order, payment, provider = world.order.row, world.payment.row, world.provider
    captured, refunded = provider.total(Operation.CAPTURE), provider.total(Operation.REFUND)
    if order is None or payment is None:
        yield "there is no payment"
        return
    if (payment.captured, payment.refunded) != (captured, refunded):
        yield f"our books say {payment.captured} - {payment.refunded}, the provider's {captured} - {refunded}"
    if len(provider.done(Operation.CAPTURE)) > 1:
        yield "captured twice"
    if payment.refunded and CANCEL in payment.causes and order.status in REACHED:
        yield "given back though it reached the door"
    owed = _owed(world)
    if captured - refunded != owed:
        yield f"{captured} captured, {refunded} refunded, {owed} owed: the order is {order.status}"
    held = provider.done(Operation.AUTHORIZE)
    if held and not captured and not provider.done(Operation.VOID):
        yield f"the money is still held: the order is {order.status}, its payment {payment.status}"
    if payment.status not in PAYMENT_ENDS and captured == 0:
        yield f"the payment did not end: {payment.status}"


def _owed(world: World) -> int:
    """Return what the customer is to have paid in the end, after what an admin gave back."""
    order, payment = world.order.row, world.payment.row
    assert order is not None
    assert payment is not None
    if not payment.captured or order.status not in {*REACHED, OrderStatus.CANCELLED}:
        return 0
    owed = order.total
    for cause in payment.causes:
        # A cancel keeps its due of what is left; an admin may give back some of that, too.
        owed = min(owed, order.keep or 0) if cause == CANCEL else owed - order.total // 2
    return owed


def _driver(world: World) -> Iterator[str]:
    order, delivery = world.order.row, world.delivery.row
    assert order is not None
    assert delivery is not None
    if delivery.engaging:
        yield f"a driver is still engaged: {', '.join(offer.status for offer in delivery.engaging)}"
    if order.status in REACHED and order.driver_id != delivery.driver:
        yield "the order names another driver than its delivery"


def _leftovers(world: World) -> Iterator[str]:
    for message in world.transport.queue:
        yield f"parked: {message.letter.event.routing_key} at {message.node.name}: {message.why}"
    for node in world.nodes:
        if node.outbox:
            yield f"{len(node.outbox)} events left in the outbox of {node.name}"
        handled = {(node.name, number) for number in node.inbox}
        for name, number in {one for one in world.transport.sent if one[0] == node.name} ^ handled:
            yield f"sent and not handled, or the other way round: #{number} at {name}"
        for number, times in node.inbox.items():
            if times > 1:
                yield f"handled {times} times: #{number} at {node.name}"
