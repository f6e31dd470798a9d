"""Invariants 5 and 6 in the data: they hold even where an index was lost."""

from foodctl.verify.check import Query

_CAPTURES = """
    SELECT order_id AS subject, format('%s captures', count(*)) AS detail
    FROM payments JOIN ledger_transactions moved ON payment_id = payments.id
    WHERE kind = 'capture' GROUP BY order_id HAVING count(*) > 1
"""
_TAKEN = """
    SELECT coalesce(min(order_id::text), log.hold) AS subject, format('%s captures', count(*)) AS detail
    FROM provider_log log LEFT JOIN payments ON payments.hold = log.hold
    WHERE operation = 'capture' AND refusal IS NULL GROUP BY log.hold HAVING count(*) > 1
"""
_REFUNDS = """
    SELECT order_id AS subject, format('%s refunds for %s', count(*), cause) AS detail
    FROM refunds JOIN payments ON payments.id = payment_id
    GROUP BY order_id, payment_id, cause HAVING count(*) > 1
"""
_PAYMENTS = """
    SELECT order_id AS subject, format('%s payments', count(*)) AS detail
    FROM payments GROUP BY order_id HAVING count(*) > 1
"""
_DELIVERIES = """
    SELECT order_id AS subject, format('%s deliveries', count(*)) AS detail
    FROM deliveries GROUP BY order_id HAVING count(*) > 1
"""
_ACTIVE = """
    SELECT driver_id AS subject, string_agg(order_id::text, ', ') AS detail
    FROM deliveries WHERE status IN ('assigned', 'picked_up') GROUP BY driver_id HAVING count(*) > 1
"""
_ENGAGED = """
    SELECT order_id AS subject, string_agg(offers.driver_id::text, ', ') AS detail
    FROM offers JOIN deliveries ON deliveries.id = delivery_id
    WHERE offers.status IN ('open', 'accepted') GROUP BY order_id HAVING count(*) > 1
"""

UNIQUENESS = (
    Query(
        5, "payment_service", "was captured more than once", _CAPTURES,
        "SELECT count(*) FROM ledger_transactions WHERE kind = 'capture'",
    ),
    Query(5, "payment_service", "was taken more than once at the provider", _TAKEN),
    Query(
        5, "payment_service", "was refunded more than once for one cause", _REFUNDS, "SELECT count(*) FROM refunds"
    ),
    Query(5, "payment_service", "has more than one payment", _PAYMENTS),
    Query(6, "delivery_service", "has more than one delivery", _DELIVERIES, "SELECT count(*) FROM deliveries"),
    Query(6, "delivery_service", "has more than one active delivery", _ACTIVE),
    Query(6, "delivery_service", "engages more than one driver", _ENGAGED),
)  # fmt: skip
