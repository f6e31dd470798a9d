"""The aggregate of deliveries and offers: hand-written prepared statements for the hot path.

Rows are passed as JSON documents, so that the parameters always have the same types.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from pydantic_core import to_json
from sqlmodel import SQLModel
from typing_extensions import override

from delivery_service.adapters import metrics
from delivery_service.decide import Decided, Input, Offline, decide
from delivery_service.models import Delivery, DeliveryFacts, Offer, OfferFacts
from delivery_service.rules.policy import Policy
from delivery_service.settings import DeliverySettings
from foodchassis import Resources, annotate, traceparent
from foodchassis.kernel import BusyError
from foodchassis.messaging import Aggregate
from foodchassis.storage import Rows, Statement
from foodchassis.telemetry import link
from foodchassis.web import Feed
from foodevents import OrderPaid

log = structlog.get_logger()


def _columns(table: type[SQLModel], *but: str) -> str:
    return ", ".join(name for name in table.model_fields if name not in but)


def _row(table: str) -> str:
    return f"jsonb_populate_record(NULL::{table}, %(row)s::jsonb)"


BY = {
    "id": "deliveries.id = %(key)s",
    "order_id": "deliveries.order_id = %(key)s",
    "offer_id": "deliveries.id = (SELECT delivery_id FROM offers WHERE offers.id = %(key)s)",
}
LOCK = "SELECT true FROM deliveries WHERE {} FOR UPDATE"
READ = """
    SELECT (to_jsonb(deliveries) || jsonb_build_object(
        'hands_free', coalesce(drivers.auto_accept, false), 'heard_at', drivers.located_at, 'offers', (
            SELECT coalesce(jsonb_agg(to_jsonb(offers) ORDER BY offers.id), '[]') FROM offers
            WHERE offers.delivery_id = deliveries.id
        )
    ))::text
    FROM deliveries LEFT JOIN drivers ON drivers.id = deliveries.driver_id WHERE {}
"""
# The customer may have been erased before the event of the order arrived.
INSERT = f"""
    INSERT INTO deliveries (customer_erased, {_columns(Delivery, "customer_erased")})
    SELECT EXISTS (SELECT FROM erasures WHERE user_id = customer_id), {_columns(Delivery, "customer_erased")}
    FROM {_row("deliveries")} ON CONFLICT DO NOTHING RETURNING true
"""  # noqa: S608 - put together from constants alone
# Sent after the new offer, if any, so that the unique index of active drivers is not violated.
UPDATE = f"""
    UPDATE deliveries SET ({_columns(Delivery, "id")}) = (SELECT {_columns(Delivery, "id")} FROM {_row("deliveries")})
    WHERE id = %(id)s AND (%(offer_id)s::uuid IS NULL OR EXISTS (SELECT FROM offers WHERE offers.id = %(offer_id)s))
"""  # noqa: S608 - the same
# A unique index may report that the driver or the delivery was engaged concurrently.
INSERT_OFFER = f"""
    INSERT INTO offers ({_columns(Offer)}) SELECT {_columns(Offer)} FROM {_row("offers")}
    WHERE EXISTS (SELECT FROM deliveries WHERE id = delivery_id) ON CONFLICT DO NOTHING RETURNING true
"""  # noqa: S608 - the same
UPDATE_OFFER = "UPDATE offers SET status = %(status)s, closed_at = %(closed_at)s WHERE id = %(id)s"
GO_OFFLINE = "UPDATE drivers SET online = false WHERE id = %(id)s"


def policy_of(resources: Resources) -> Policy:
    """Return the policy of the settings."""
    return Policy.of(resources.get(DeliverySettings))


class Deliveries(Aggregate[DeliveryFacts]):
    """A delivery with its offers: only the transaction that holds the delivery's row changes its offers."""

    name = "delivery"

    @override
    def lock(self, key: UUID, by: str, *, wait: bool) -> Statement:
        return Statement(LOCK.format(BY[by]) + ("" if wait else " SKIP LOCKED"), {"key": key})

    @override
    def look(self, key: UUID, by: str) -> Statement:
        return Statement(READ.format(BY[by]), {"key": key})

    @override
    def read(self, rows: Rows) -> DeliveryFacts | None:
        if not rows:
            return None
        delivery = DeliveryFacts.model_validate_json(rows[0][0])
        link(delivery.traceparent)
        return delivery

    @override
    def decide(
        self, row: DeliveryFacts | None, trigger: str, *, event: Any, now: datetime, resources: Resources
    ) -> Decided:
        return decide(row, trigger, event=event, now=now, policy=policy_of(resources).paced(_pace(row, event)))

    @override
    def store(self, before: DeliveryFacts | None, decision: Decided) -> Sequence[Statement]:
        after = decision.row
        if after is before:
            return []
        annotate({"order.id": after.order_id})
        known = {one.id: one for one in before.offers} if before else {}
        new = [one for one in after.offers if one.id not in known]
        closed = [one for one in after.offers if one.id in known and one is not known[one.id]]
        offers = [
            *(Statement(UPDATE_OFFER, one.model_dump(include={"id", "status", "closed_at"})) for one in closed),
            *(Statement(INSERT_OFFER, {"row": _json(one, Offer)}, _unrivalled) for one in new),
        ]
        return [
            *([*offers, _update(after, new)] if before else [_insert(after), *offers]),
            *(Statement(GO_OFFLINE, {"id": one.driver_id}) for one in decision.history if isinstance(one, Offline)),
        ]

    @override
    def committed(self, before: DeliveryFacts | None, decision: Decided, trigger: str, resources: Resources) -> None:
        after = decision.row
        facts = {"delivery_id": after.id, "order_id": after.order_id, "status": after.status, "trigger": trigger}
        if after is before:
            log.debug("delivery.unchanged", **facts)
            return
        metrics.count(before, after, trigger)
        for driver_id in _concerned(before, after):
            resources.get(Feed).announce(of_driver(driver_id), str(after.id))
        (log.warning if trigger == "delivery.late" else log.info)("delivery.advanced", **facts)


DELIVERIES = Deliveries()


def of_driver(driver_id: UUID) -> str:
    """Return the feed subject of one driver."""
    return f"drivers:{driver_id}"


def _pace(delivery: DeliveryFacts | None, given: object) -> int:
    """Return the factor by which the deadlines of a test order are shorter."""
    if delivery is not None:
        return delivery.test["pace"] if delivery.test else 1
    order = given.event if isinstance(given, Input) else None
    return order.test.pace if isinstance(order, OrderPaid) and order.test else 1


def _concerned(before: DeliveryFacts | None, after: DeliveryFacts) -> set[UUID]:
    """Return the drivers whose offers or deliveries changed."""
    known = {one.id: one for one in before.offers} if before else {}
    offered = {one.driver_id for one in after.offers if one is not known.get(one.id)}
    drove = {one.driver_id for one in (before, after) if one is not None and one.driver_id is not None}
    return offered | drove


def _insert(delivery: DeliveryFacts) -> Statement:
    begun = delivery.model_copy(update={"traceparent": traceparent()})
    return Statement(INSERT, {"row": _json(begun, Delivery)}, _unrivalled)


def _update(delivery: DeliveryFacts, new: Sequence[OfferFacts]) -> Statement:
    offer_id = new[0].id if new else None
    return Statement(UPDATE, {"id": delivery.id, "offer_id": offer_id, "row": _json(delivery, Delivery)})


def _json(row: SQLModel, table: type[SQLModel]) -> str:
    return to_json({name: getattr(row, name) for name in table.model_fields}).decode()


def _unrivalled(rows: Rows) -> None:
    if not rows:
        raise BusyError("Another transaction engaged the same driver or began the same delivery at this moment.")
