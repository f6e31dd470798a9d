"""The aggregate of orders: its statements, with the columns of the models.

Rows are passed as JSON documents, so that the parameters have the same types for every order and each statement is
prepared only once.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from pydantic_core import to_json
from typing_extensions import override

from foodchassis import Resources, annotate, traceparent
from foodchassis.kernel import Decision, current_cause
from foodchassis.messaging import Aggregate, outgoing
from foodchassis.storage import PUBLISH, START_TIMERS, Rows, Statement, outbox_parameters, timer_parameters
from foodchassis.telemetry import link, trace_id
from foodchassis.web import Feed
from order_service.adapters import metrics
from order_service.decide import decide
from order_service.errors import TooManyOpenOrdersError
from order_service.machine import ENDED
from order_service.models import OPEN, HistoryFacts, Order, OrderFacts, OrderHistory, OrderLine, PlacedFacts, Row
from order_service.rules.commands import PlaceOrder
from order_service.rules.deadlines import ATTENTION, CANCELLING_STUCK
from order_service.rules.policy import Policy
from order_service.schemas import Line
from order_service.settings import OrderSettings

log = structlog.get_logger()


def insert(table: type[Row], parameter: str) -> str:
    """Return the statement that inserts the rows of a JSON array, naming every column of the table."""
    name, columns = table.__tablename__, ", ".join(table.model_fields)
    rows = f"jsonb_populate_recordset(NULL::{name}, %({parameter})s::jsonb)"
    return f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {rows}"  # noqa: S608 - put together from the models


CHANGING = OrderFacts.model_fields.keys() - PlacedFacts.model_fields
_MOVED = ", ".join(sorted(CHANGING))
_HISTORY = insert(OrderHistory, "history")
# One statement for a new order with all its rows, because it is on the hot path.
PLACE = f"""
    WITH new_order AS ({insert(Order, "order")}), new_lines AS ({insert(OrderLine, "lines")}),
        new_history AS ({_HISTORY}), new_timers AS ({START_TIMERS})
    {PUBLISH}
"""
MOVE = f"""
    WITH moved AS (
        UPDATE orders SET ({_MOVED}) = (SELECT {_MOVED} FROM jsonb_populate_record(NULL::orders, %(order)s::jsonb))
        WHERE id = %(id)s
    )
    {_HISTORY}
"""  # noqa: S608 - put together from the models
# Locked before it is read, so that concurrent changes of one order wait for each other.
LOCK = "SELECT to_jsonb(orders)::text FROM orders WHERE id = %(id)s FOR UPDATE"
LOCK_FREE = f"{LOCK} SKIP LOCKED"
COUNT_OPEN = f"SELECT count(*) FROM orders WHERE customer_id = %(customer_id)s AND {OPEN}"  # noqa: S608 - a constant
# The place is kept to a tenth of a degree, some ten kilometres: enough to know which town was served.
ERASE_ENDED = """
    WITH lines AS (
        UPDATE order_lines SET note = NULL FROM orders WHERE orders.id = order_id AND order_lines.note IS NOT NULL
            AND customer_id = %(customer_id)s AND status = ANY(%(ended)s)
    )
    UPDATE orders SET
        delivery_address = jsonb_build_object(
            'line1', 'erased', 'city', 'erased', 'postal_code', 'erased',
            'lat', round((delivery_address->>'lat')::numeric, 1), 'lng', round((delivery_address->>'lng')::numeric, 1)
        ),
        note = NULL,
        reason = CASE WHEN cancelled_by = 'customer' THEN 'erased' ELSE reason END
    WHERE customer_id = %(customer_id)s AND status = ANY(%(ended)s)
"""


class Orders(Aggregate[OrderFacts]):
    """How an order is locked, decided and stored."""

    name = "order"

    @override
    def lock(self, key: UUID, by: str, *, wait: bool) -> Statement:
        return Statement(LOCK if wait else LOCK_FREE, {by: key})

    @override
    def read(self, rows: Rows) -> OrderFacts | None:
        if not rows:
            return None
        order = OrderFacts.model_validate_json(rows[0][0])
        link(order.traceparent)
        return order

    @override
    def decide(
        self, row: OrderFacts | None, trigger: str, *, event: Any, now: datetime, resources: Resources
    ) -> Decision[OrderFacts]:
        policy = Policy.of(resources.get(OrderSettings)).paced(_pace(row, event))
        return decide(row, trigger, event=event, now=now, policy=policy)

    @override
    def store(self, before: OrderFacts | None, decision: Decision[OrderFacts]) -> Sequence[Statement]:
        order = decision.row
        if not decision.history:
            return ()
        moved = Statement(
            MOVE, {"id": order.id, "order": order.model_dump_json(include=CHANGING), "history": _history(decision)}
        )
        erased = order.customer_erased and order.status in ENDED
        return (moved, erase_ended(order.customer_id)) if erased else (moved,)

    @override
    def committed(
        self, before: OrderFacts | None, decision: Decision[OrderFacts], trigger: str, resources: Resources
    ) -> None:
        order = decision.row
        for row in decision.history:
            _log_and_count(order, row, resources.get(OrderSettings).delivery_promise_seconds)
        if decision.history:
            feed = resources.get(Feed)
            feed.announce(of_order(order.id), str(order.version))
            feed.announce(of_restaurant(order.restaurant_id), str(order.id))
            feed.announce(EVERY_ORDER, str(order.id))
        else:
            log.info("order.unchanged", order_id=str(order.id), trigger=trigger, status=order.status)


ORDERS = Orders()
# The feed subject of all orders.
EVERY_ORDER = "orders:all"


def of_order(order_id: UUID) -> str:
    """Return the feed subject of one order."""
    return f"orders:{order_id}"


def of_restaurant(restaurant_id: UUID) -> str:
    """Return the feed subject of all orders at a restaurant."""
    return f"restaurants:{restaurant_id}"


def erase_ended(customer_id: UUID) -> Statement:
    """Return the statement that erases the addresses of a customer's ended orders."""
    return Statement(ERASE_ENDED, {"customer_id": customer_id, "ended": [str(status) for status in ENDED]})


def room_for_another(customer_id: UUID, most: int) -> Statement:
    """Return the statement that raises TooManyOpenOrdersError when a customer has `most` open orders.

    Concurrent orders do not count each other, so a customer can exceed the limit by their number.
    """

    def check(rows: Rows) -> None:
        if rows[0][0] >= most:
            raise TooManyOpenOrdersError(f"Wait until one of your {most} open orders has ended, or cancel one.")

    return Statement(COUNT_OPEN, {"customer_id": customer_id}, check)


def placing(decision: Decision[OrderFacts], lines: Sequence[Line], resources: Resources) -> Statement:
    """Return the statement that stores a new order with its lines, history and timers, and publishes it."""
    order = decision.row
    rows = [{"order_id": order.id, "position": place, **_columns(line)} for place, line in enumerate(lines, 1)]
    documents = {
        "order": _json([order.model_copy(update={"traceparent": traceparent()})]),
        "lines": _json(rows),
        "history": _history(decision),
    }
    events = outbox_parameters(outgoing(resources, *one) for one in decision.events)
    return Statement(PLACE, documents | events | timer_parameters(decision.started, traceparent()))


def _columns(line: Line) -> dict[str, Any]:
    # The previous release has no quantity of options: an option that is chosen twice is stored twice.
    options = [option.model_dump(exclude={"quantity"}) for option in line.options for _ in range(option.quantity)]
    return dict(line) | {"options": options}


def _pace(order: OrderFacts | None, event: object) -> int:
    """Return the factor by which the deadlines of a test order are shorter."""
    if isinstance(event, PlaceOrder):
        return event.test.pace if event.test else 1
    return order.test["pace"] if order is not None and order.test else 1


def _history(decision: Decision[OrderFacts]) -> str:
    annotate({"order.id": decision.row.id})
    cause = current_cause()
    causes = {"correlation_id": cause.correlation_id, "causation_id": cause.causation_id, "trace_id": trace_id()}
    return _json([row.model_dump() | causes for row in decision.history])


def _json(document: Any) -> str:
    return to_json(document).decode()


def _log_and_count(order: OrderFacts, row: HistoryFacts, promise: float) -> None:
    log.info(row.event or "order.event_noted", order_id=str(order.id), trigger=row.trigger, revision=row.version)
    if row.event:
        metrics.count(row.event.removeprefix("order."), order.created_at)
    if row.event == "order.delivered":
        metrics.count_delivered(order.ready_at, promise)
    if row.trigger == CANCELLING_STUCK:
        metrics.stuck.inc()
    if row.trigger in ATTENTION:
        log.error("order.needs_attention", order_id=str(order.id), trigger=row.trigger, revision=row.version)
