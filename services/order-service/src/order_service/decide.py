"""Decides what a trigger changes in an order.

`decide(order, trigger, event=..., now=..., policy=...)` is the only way an order changes. A trigger is the routing key
of an event of payment-service or delivery-service (pass the event), the name of a deadline, or a command: "place" (no
order, PlaceOrder), "accept" (Accept), "reject" (Reject), "cancel" (Cancel), "ready", "retry" and "owner.erased" (no
event). The row given is never changed; `Decision.history` holds one HistoryFacts for each version that the decision
adds.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from foodchassis import Event
from foodchassis.kernel import Announcement, Decision, IllegalTransitionError, Timer
from foodevents import DeliveryAssigned, DeliveryUnassigned, OrderCreated, PaymentCompleted, PaymentRefunded
from order_service.errors import OrderNotFoundError
from order_service.machine import ENDED, ENDS_DELIVERY, ENDS_PAYMENT, ORDER, Attempt, Change, change
from order_service.models import HistoryFacts, KitchenStatus, OrderFacts, OrderStatus, Party
from order_service.rules import deadlines
from order_service.rules.commands import Accept, Cancel, Command, PlaceOrder, Reject
from order_service.rules.endings import kept, why
from order_service.rules.policy import Policy

PLACE = ORDER.step(None, "place")
# Triggers that change nothing once the order has progressed.
OUTRUN = deadlines.TIMERS | {"owner.erased"}
FIRM = frozenset({OrderStatus.PAID, OrderStatus.ASSIGNED, OrderStatus.PICKED_UP})


def decide(
    order: OrderFacts | None, trigger: str, *, event: Event | Command | None = None, now: datetime, policy: Policy
) -> Decision[OrderFacts]:
    """Return what `trigger` changes, including an automatic acceptance or the end of a cancellation.

    A repeated event, and a deadline of a state that the order has left, change nothing. Raises
    OrderNotFoundError without an order, and IllegalTransitionError when the tables have no such step.
    """
    if order is None:
        return _placed(event, now, policy)
    try:
        step = change(trigger, Attempt(order, event))
    except IllegalTransitionError:
        if trigger in OUTRUN:
            return Decision(order)
        raise
    facts = _facts(order, trigger, step, event=event, now=now, policy=policy)
    if step.emits is None and (order.status in ENDED or all(getattr(order, name) == facts[name] for name in facts)):
        return Decision(order)
    after = order.model_copy(update={**facts, "version": order.version + 1})
    published = step.emits.model_validate(after, from_attributes=True) if step.emits else None
    actor = event.by if isinstance(event, Accept | Reject | Cancel) else step.by
    decision = _decision(order, after, trigger, published=published, actor=actor, now=now, policy=policy)
    return _followed(decision, now, policy)


def _placed(event: Event | Command | None, now: datetime, policy: Policy) -> Decision[OrderFacts]:
    if not isinstance(event, PlaceOrder):
        raise OrderNotFoundError
    price = event.priced.model_dump(exclude={"lines"})
    order = OrderFacts(
        id=event.order_id,
        version=1,
        status=PLACE.target,
        kitchen=KitchenStatus.WAITING,
        customer_id=event.customer_id,
        restaurant_name=event.restaurant.name,
        pickup=event.restaurant.place.model_dump(),
        delivery_address=event.address.model_dump(),
        note=event.note,
        test=event.test.model_dump() if event.test else None,
        created_at=now,
        **event.restaurant.model_dump(include={"restaurant_id", "owner_id", "auto_accept", "prep_minutes"}),
        **price,
    )
    created = OrderCreated(
        order_id=order.id,
        customer_id=order.customer_id,
        restaurant_id=order.restaurant_id,
        payment_method=event.payment_method,
        **price,
    )
    return _decision(None, order, PLACE.trigger, published=created, actor=PLACE.by, now=now, policy=policy)


def _facts(
    order: OrderFacts, trigger: str, step: Change, *, event: Event | Command | None, now: datetime, policy: Policy
) -> dict[str, Any]:
    """Return the facts that the trigger sets, by name; a recorded event only sets what has ended."""
    facts: dict[str, Any] = {"status": step.status, "kitchen": step.kitchen}
    if trigger in deadlines.ATTENTION:
        facts["needs_attention"] = True
    elif step.status is not order.status:
        facts["needs_attention"] = False
    if isinstance(event, Event):
        facts["payment_closed"] = order.payment_closed or _ends_payment(order, event)
        facts["delivery_closed"] = order.delivery_closed or event.routing_key in ENDS_DELIVERY
        facts["lost_drivers"] = _lost_drivers(order, event)
    if step.emits is not None:
        facts |= _news(event, now)
        if ending := why(trigger, event):
            facts["reason"], facts["responsible"] = ending
            if step.status is OrderStatus.CANCELLING:
                facts["cancelled_by"] = event.by if isinstance(event, Cancel) else Party.SYSTEM
                facts["keep"] = kept(order, ending[1], now, policy)
                # Without a delivery there is no confirmation to wait for.
                facts["delivery_closed"] = not order.paid or facts.get("delivery_closed", order.delivery_closed)
    return facts


def _ends_payment(order: OrderFacts, event: Event) -> bool:
    if isinstance(event, PaymentRefunded):
        # An admin's refund leaves the payment open, unless it is complete.
        return event.cause == "cancel" or event.refunded >= order.total
    return event.routing_key in ENDS_PAYMENT


def _lost_drivers(order: OrderFacts, event: Event) -> list[UUID]:
    """Return the drivers that the order has lost, so that their late events are recognised."""
    if isinstance(event, DeliveryUnassigned) and order.status in FIRM and event.driver_id not in order.lost_drivers:
        return [*order.lost_drivers, event.driver_id]
    return order.lost_drivers


def _news(event: Event | Command | None, now: datetime) -> dict[str, Any]:
    match event:
        case Accept():
            return {"accepted_at": now, "ready_at": now + timedelta(minutes=event.prep_minutes)}
        case PaymentCompleted():
            return {"paid": True}
        case DeliveryAssigned():
            return {"delivery_id": event.delivery_id, "driver_id": event.driver_id}
        case DeliveryUnassigned():
            return {"driver_id": None}
        case _:
            return {}


def _decision(
    before: OrderFacts | None,
    after: OrderFacts,
    trigger: str,
    *,
    published: Event | None,
    actor: str,
    now: datetime,
    policy: Policy,
) -> Decision[OrderFacts]:
    """Return the decision that takes an order from `before` to `after`, with its history row and its timers."""
    row = HistoryFacts(
        order_id=after.id,
        version=after.version,
        from_status=before.status if before else None,
        to_status=after.status,
        kitchen=after.kitchen,
        trigger=trigger,
        event=published.routing_key if published else None,
        actor=actor,
        at=now,
        driver_id=after.driver_id,
    )
    started, stopped = deadlines.changed(before, after, trigger, now=now, policy=policy)
    return Decision(
        after,
        (row,),
        (Announcement(published, after.version),) if published else (),
        {Timer(name, after.id): wait for name, wait in started.items()},
        frozenset(Timer(name, after.id) for name in stopped),
    )


def _followed(decision: Decision[OrderFacts], now: datetime, policy: Policy) -> Decision[OrderFacts]:
    """Return the decision with its immediate consequences."""
    order = decision.row
    if order.auto_accept and order.status is OrderStatus.PLACED and order.kitchen is KitchenStatus.WAITING:
        accept = Accept(order.prep_minutes, Party.SYSTEM)
        return decision.then(decide(order, "accept", event=accept, now=now, policy=policy))
    if ORDER.allows(order.status, "closed", Attempt(order)):
        return decision.then(decide(order, "closed", now=now, policy=policy))
    return decision
