"""Invariants 2 and 8, as far as one database shows them: orders end once, in time, and leave nothing behind."""

from delivery_service.machine import DELIVERY
from foodctl.catalog import SERVICES
from foodctl.verify.check import Query
from order_service.machine import ORDER

_ENDED = ", ".join(f"'{state}'" for state in sorted(ORDER.terminal))
_DELIVERIES_ENDED = ", ".join(f"'{state}'" for state in sorted(DELIVERY.terminal))
_OVERDUE = """
    SELECT subject, format('%s was due %s', name, due_at) AS detail
    FROM deadlines WHERE due_at < now() - interval '2 minutes'
"""
_TWICE = f"""
    SELECT order_id AS subject, string_agg(to_status, ', ' ORDER BY version) AS detail
    FROM order_history WHERE to_status IN ({_ENDED}) AND from_status IS DISTINCT FROM to_status
    GROUP BY order_id HAVING count(*) > 1
"""  # noqa: S608 - put together from constants alone
_WENT_ON = f"""
    SELECT order_id AS subject, format('%s at version %s', to_status, version) AS detail
    FROM order_history WHERE from_status IN ({_ENDED}) AND to_status <> from_status
"""  # noqa: S608 - the same
_NOBODY_WAITS = f"""
    SELECT orders.id AS subject, status AS detail FROM orders
    WHERE status NOT IN ({_ENDED}) AND NOT needs_attention
    AND NOT EXISTS (SELECT FROM deadlines WHERE subject = orders.id)
"""  # noqa: S608 - the same
_NOBODY_SEARCHES = f"""
    SELECT order_id AS subject, format('delivery %s', status) AS detail FROM deliveries
    WHERE status NOT IN ({_DELIVERIES_ENDED})
    AND NOT EXISTS (SELECT FROM deadlines WHERE subject = deliveries.id)
    AND NOT EXISTS (
        SELECT FROM offers JOIN deadlines ON subject = offers.id
        WHERE delivery_id = deliveries.id AND offers.status = 'open'
    )
"""  # noqa: S608 - the same
_STUCK = """
    SELECT id AS subject, status AS detail FROM orders WHERE needs_attention
"""
_TIMERS_OF_CANCELLED = """
    SELECT orders.id AS subject, name AS detail
    FROM orders JOIN deadlines ON subject = orders.id WHERE status = 'cancelled'
"""
_UNCONFIRMED = """
    SELECT id AS subject, format('payment %s, delivery %s', payment_closed, delivery_closed) AS detail
    FROM orders WHERE status = 'cancelled' AND NOT (payment_closed AND delivery_closed)
"""
_OFFERS_OF_CANCELLED = """
    SELECT order_id AS subject, format('offer %s of driver %s is %s', offers.id, offers.driver_id, offers.status) AS detail
    FROM deliveries JOIN offers ON delivery_id = deliveries.id
    WHERE deliveries.status = 'cancelled' AND offers.status IN ('open', 'accepted')
"""  # noqa: E501 - one statement
_SEARCHES_OF_CANCELLED = """
    SELECT order_id AS subject, name AS detail
    FROM deliveries JOIN deadlines ON subject = deliveries.id WHERE status = 'cancelled'
"""
_CANCELLED = "SELECT count(*) FROM {} WHERE status = 'cancelled'"

ENDINGS = (
    *(
        Query(2, one.package, "is past its deadline", _OVERDUE, "SELECT count(*) FROM deadlines")
        for one in SERVICES
        if one.has_database
    ),
    Query(2, "order_service", "ended more than once", _TWICE, "SELECT count(*) FROM orders"),
    Query(2, "order_service", "went on after its end", _WENT_ON),
    Query(2, "order_service", "waits without a deadline", _NOBODY_WAITS),
    Query(2, "delivery_service", "is open without a deadline", _NOBODY_SEARCHES),
    Query(2, "order_service", "is stuck and needs attention", _STUCK),
    Query(8, "order_service", "is cancelled and unconfirmed", _UNCONFIRMED, _CANCELLED.format("orders")),
    Query(8, "order_service", "is cancelled and has a timer", _TIMERS_OF_CANCELLED),
    Query(8, "delivery_service", "is cancelled and occupies a driver", _OFFERS_OF_CANCELLED),
    Query(8, "delivery_service", "is cancelled and being searched for", _SEARCHES_OF_CANCELLED),
)
