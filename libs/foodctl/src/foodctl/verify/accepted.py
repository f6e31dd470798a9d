"""Invariant 1: what a customer was told, by the stored answers to their requests, is what is stored."""

from foodctl.verify.check import Query

_ORDERS = "order_service"
# Prices are looked at with invariant 9.
_COMPARED = ("customer_id", "restaurant_id", "restaurant_name", "pickup", "delivery_address", "created_at", "tip")
ANSWERS = """
    SELECT (body->>'id')::uuid AS id, body
    FROM (SELECT convert_from(body, 'UTF8')::jsonb AS body FROM idempotency_keys WHERE status = 201) answered
    WHERE body ?& ARRAY['restaurant_id', 'lines', 'total']
"""
_MISSING = f"""
    SELECT answers.id AS subject, '' AS detail
    FROM ({ANSWERS}) answers LEFT JOIN orders USING (id) WHERE orders.id IS NULL
"""  # noqa: S608 - put together from constants alone
_TOLD = ", ".join(f"told.{column}" for column in _COMPARED)
_STORED = ", ".join(f"orders.{column}" for column in _COMPARED)
_CHANGED = f"""
    SELECT orders.id AS subject, '' AS detail
    FROM ({ANSWERS}) answers JOIN orders USING (id), jsonb_populate_record(NULL::orders, body) told
    WHERE ({_TOLD}) IS DISTINCT FROM ({_STORED})
"""  # noqa: S608 - the same
_DISHES = """
    SELECT jsonb_agg(jsonb_build_array({}) ORDER BY {}) FROM {}
"""
_TOLD_DISHES = _DISHES.format(
    "line->>'menu_item_id', line->>'name', (line->>'quantity')::int",
    "place",
    "jsonb_array_elements(body->'lines') WITH ORDINALITY AS told(line, place)",
)
_STORED_DISHES = _DISHES.format("menu_item_id, name, quantity", "position", "order_lines WHERE order_id = answers.id")
_OTHER_DISHES = f"""
    SELECT id AS subject, '' AS detail FROM ({ANSWERS}) answers
    WHERE EXISTS (SELECT FROM orders WHERE id = answers.id) AND ({_TOLD_DISHES}) IS DISTINCT FROM ({_STORED_DISHES})
"""  # noqa: S608 - the same

ACCEPTED = (
    Query(
        1, _ORDERS, "was accepted and is gone", _MISSING,
        f"SELECT count(*) FROM ({ANSWERS}) answers",  # noqa: S608 - the same
    ),
    Query(1, _ORDERS, "is not what was accepted", _CHANGED),
    Query(1, _ORDERS, "has other dishes than were accepted", _OTHER_DISHES),
)  # fmt: skip
