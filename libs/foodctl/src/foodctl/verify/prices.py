"""The price charged is the price at the time of the order."""

from foodctl.verify.check import Query

_ORDERS = "order_service"
# Prices are checked by invariant 9.
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
_SHOWN = ", ".join(f"shown.{column}" for column in _COMPARED)
_STORED = ", ".join(f"orders.{column}" for column in _COMPARED)
_CHANGED = f"""
    SELECT orders.id AS subject, '' AS detail
    FROM ({ANSWERS}) answers JOIN orders USING (id), jsonb_populate_record(NULL::orders, body) shown
    WHERE ({_SHOWN}) IS DISTINCT FROM ({_STORED})
"""  # noqa: S608 - the same
_LINES = "SELECT jsonb_agg(jsonb_build_array({}) ORDER BY {}) FROM {}"
_SHOWN_DISHES = _LINES.format(
    "line->>'menu_item_id', line->>'name', (line->>'quantity')::int",
    "place",
    "jsonb_array_elements(body->'lines') WITH ORDINALITY AS shown(line, place)",
)
_STORED_DISHES = _LINES.format("menu_item_id, name, quantity", "position", "order_lines WHERE order_id = answers.id")
_OTHER_DISHES = f"""
    SELECT id AS subject, '' AS detail FROM ({ANSWERS}) answers
    WHERE EXISTS (SELECT FROM orders WHERE id = answers.id) AND ({_SHOWN_DISHES}) IS DISTINCT FROM ({_STORED_DISHES})
"""  # noqa: S608 - the same

ACCEPTED = (
    Query(
        1, _ORDERS, "was accepted and is gone", _MISSING,
        f"SELECT count(*) FROM ({ANSWERS}) answers",  # noqa: S608 - the same
    ),
    Query(1, _ORDERS, "is not what was accepted", _CHANGED),
    Query(1, _ORDERS, "has other dishes than were accepted", _OTHER_DISHES),
)  # fmt: skip


_PARTS = ("subtotal", "delivery_fee", "service_fee", "tax", "tip", "total", "currency")
_SHOWN_PARTS = ", ".join(f"shown.{part}" for part in _PARTS)
_STORED_PARTS = ", ".join(f"orders.{part}" for part in _PARTS)
_OTHER_PRICE = f"""
    SELECT orders.id AS subject, format('shown %s, stored %s', shown.total, orders.total) AS detail
    FROM ({ANSWERS}) answers JOIN orders USING (id), jsonb_populate_record(NULL::orders, body) shown
    WHERE ({_SHOWN_PARTS}) IS DISTINCT FROM ({_STORED_PARTS})
"""  # noqa: S608 - put together from constants alone
# An option is stored once per chosen quantity.
_OPTIONS = """(
    SELECT coalesce(jsonb_agg(option - 'quantity' ORDER BY nth), '[]')
    FROM jsonb_array_elements(line->'options') WITH ORDINALITY AS chosen(option, nth),
        generate_series(1, coalesce((option->>'quantity')::int, 1))
)"""
_SHOWN_PRICES = _LINES.format(
    f"line->'unit_price', line->'total', {_OPTIONS}",
    "place",
    "jsonb_array_elements(body->'lines') WITH ORDINALITY AS shown(line, place)",
)
_STORED_PRICES = _LINES.format("unit_price, total, options", "position", "order_lines WHERE order_id = answers.id")
_OTHER_LINES = f"""
    SELECT id AS subject, '' AS detail FROM ({ANSWERS}) answers
    WHERE EXISTS (SELECT FROM order_lines WHERE order_id = answers.id)
    AND ({_SHOWN_PRICES}) IS DISTINCT FROM ({_STORED_PRICES})
"""  # noqa: S608 - the same
_SUM = """
    SELECT id AS subject,
        format('lines %s, subtotal %s, total %s, taxes %s of %s', lines, subtotal, total, taxed, tax_in_all) AS detail
    FROM orders LEFT JOIN (
        SELECT order_id, sum(order_lines.total) AS lines FROM order_lines GROUP BY order_id
    ) summed ON order_id = id, LATERAL (SELECT tax + coalesce(tax_included, 0) AS tax_in_all) charged, LATERAL (
        SELECT coalesce(sum((one->>'tax')::numeric), 0) AS taxed FROM jsonb_array_elements(taxes) one
    ) listed
    WHERE subtotal IS DISTINCT FROM lines OR total <> subtotal + delivery_fee + service_fee + tax + tip
    OR taxes IS NOT NULL AND taxed <> tax_in_all
"""
_LINE = """
    SELECT order_id AS subject, name AS detail FROM order_lines
    WHERE total <> unit_price * quantity
    OR unit_price < (
        SELECT coalesce(sum((option->>'price')::numeric), 0) FROM jsonb_array_elements(options) option
    )
"""

PRICES = (
    Query(9, _ORDERS, "has another price than its customer was shown", _OTHER_PRICE, "SELECT count(*) FROM orders"),
    Query(9, _ORDERS, "has dishes with other prices than its customer was shown", _OTHER_LINES),
    Query(9, _ORDERS, "does not sum up", _SUM),
    Query(9, _ORDERS, "has a line that does not multiply", _LINE, "SELECT count(*) FROM order_lines"),
)
