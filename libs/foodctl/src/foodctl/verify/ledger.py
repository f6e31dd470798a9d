"""Invariant 4 within payment-service: holds, captures, refunds, ledger and provider agree."""

from foodctl.verify.check import Query

_PAYMENTS = "payment_service"
_UNBALANCED = """
    SELECT coalesce(order_id::text, transaction_id::text) AS subject, format('sums to %s', balance) AS detail
    FROM (SELECT transaction_id, sum(amount) AS balance FROM ledger_entries GROUP BY transaction_id) sums
    JOIN ledger_transactions moved ON moved.id = transaction_id LEFT JOIN payments ON payments.id = moved.payment_id
    WHERE balance <> 0
"""
_EMPTY = """
    SELECT order_id AS subject, format('%s %s', moved.kind, moved.id) AS detail
    FROM ledger_transactions moved JOIN payments ON payments.id = payment_id
    WHERE NOT EXISTS (SELECT FROM ledger_entries WHERE transaction_id = moved.id) AND payments.amount > 0
"""
# The amounts that the customer paid and got back in the ledger, and those of the provider's log.
_AMOUNTS = """
    SELECT payments.*, coalesce(captured, 0) AS captured, coalesce(returned, 0) AS returned, coalesce(held, 0) AS held,
        coalesce(took, 0) AS took, coalesce(gave, 0) AS gave, coalesce(released, false) AS released
    FROM payments
    LEFT JOIN (
        SELECT payment_id, coalesce(-sum(amount) FILTER (WHERE kind = 'capture'), 0) AS captured,
            coalesce(sum(amount) FILTER (WHERE kind <> 'capture'), 0) AS returned
        FROM ledger_transactions moved JOIN ledger_entries ON transaction_id = moved.id
        WHERE account = 'customer' GROUP BY payment_id
    ) booked ON booked.payment_id = payments.id
    LEFT JOIN (
        SELECT hold, sum(amount) FILTER (WHERE operation = 'authorize') AS held,
            sum(amount) FILTER (WHERE operation = 'capture') AS took,
            sum(amount) FILTER (WHERE operation = 'refund') AS gave,
            bool_or(operation = 'void') AS released
        FROM provider_log WHERE refusal IS NULL GROUP BY hold
    ) provider ON provider.hold = payments.hold
"""
_OTHER_THAN_PROVIDER = f"""
    SELECT order_id AS subject,
        format('ledger %s − %s, provider %s − %s, returned %s', captured, returned, took, gave, refunded) AS detail
    FROM ({_AMOUNTS}) amounts WHERE (captured, returned, refunded) IS DISTINCT FROM (took, gave, gave)
"""  # noqa: S608, RUF001 - put together from constants alone; a minus is a minus
_TOO_MUCH = f"""
    SELECT order_id AS subject, format('held %s, captured %s, returned %s', held, captured, returned) AS detail
    FROM ({_AMOUNTS}) amounts WHERE captured > amount OR captured > held OR returned > captured
"""  # noqa: S608 - the same
_OTHER_THAN_STATUS = f"""
    SELECT order_id AS subject, format('%s, captured %s, returned %s', status, captured, returned) AS detail
    FROM ({_AMOUNTS}) amounts WHERE NOT CASE
        WHEN status = 'captured' THEN captured = amount AND returned = 0
        WHEN status = 'partially_refunded' THEN captured = amount AND returned > 0 AND returned < captured
        WHEN status = 'refunded' THEN captured = amount AND returned = captured
        WHEN status = 'authorized' THEN captured = 0 AND held = amount AND NOT released
        WHEN status = 'voided' THEN captured = 0 AND released
        WHEN status = 'declined' THEN captured = 0 AND held = 0
        ELSE captured = 0
    END
"""  # noqa: S608 - the same
_UNKNOWN_HOLD = """
    SELECT key AS subject, hold AS detail FROM provider_log log
    WHERE operation = 'authorize' AND refusal IS NULL
    AND NOT EXISTS (SELECT FROM payments WHERE payments.hold = log.hold)
"""
_OTHER_PAYOUTS = """
    SELECT order_id AS subject, format('%s left in clearing', balance) AS detail
    FROM payments JOIN (
        SELECT payment_id, sum(amount) AS balance
        FROM ledger_transactions moved JOIN ledger_entries ON transaction_id = moved.id
        WHERE account = 'platform_clearing' GROUP BY payment_id
    ) cleared ON payment_id = payments.id
    WHERE settled_at IS NOT NULL AND balance <> 0
"""

LEDGER = (
    Query(4, _PAYMENTS, "has an unbalanced movement", _UNBALANCED, "SELECT count(*) FROM ledger_transactions"),
    Query(4, _PAYMENTS, "has a movement of nothing", _EMPTY),
    Query(4, _PAYMENTS, "differs between the ledger and the provider", _OTHER_THAN_PROVIDER),
    Query(4, _PAYMENTS, "took or returned too much", _TOO_MUCH),
    Query(4, _PAYMENTS, "has money that its payment's status denies", _OTHER_THAN_STATUS),
    Query(4, _PAYMENTS, "is held at the provider for no payment", _UNKNOWN_HOLD),
    Query(4, _PAYMENTS, "is settled and not all shared out", _OTHER_PAYOUTS),
)
