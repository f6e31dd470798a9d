"""Reading whole menus, which is a hot path."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from foodchassis.storage import Statement, Transaction
from menu_service.errors import RestaurantNotFoundError


class Menu(NamedTuple):
    """A menu's ETag, which changes with the menu, and its JSON, or None when the client has it."""

    tag: str
    body: str | None


# Hand-written: PostgreSQL creates the JSON in one round trip, and only returns the ETag when the client has it.
# The ORM would create and validate an object for each dish and serialise it again.
MENU = """
SELECT tag, CASE WHEN tag = ANY(%(known)s::text[]) OR '*' = ANY(%(known)s::text[]) THEN NULL ELSE json_build_object(
    'restaurant_id', r.id, 'name', r.name, 'currency', r.currency, 'sections', r.sections, 'items', coalesce((
        SELECT json_agg(json_build_object(
            'id', i.id, 'restaurant_id', i.restaurant_id, 'version', i.version, 'name', i.name,
            'description', i.description, 'price', i.price, 'option_groups', i.option_groups,
            'tax_category', i.tax_category, 'allergens', i.allergens, 'images', i.images,
            'section_id', i.section_id, 'position', i.position, 'external_id', i.external_id,
            'available', i.available AND NOT EXISTS (
                SELECT FROM jsonb_array_elements(i.option_groups) AS option_group WHERE (option_group->>'min')::int > (
                    SELECT coalesce(sum(coalesce((option->>'max_quantity')::int, 1)), 0)
                    FROM jsonb_array_elements(option_group->'options') AS option WHERE (option->>'available')::boolean
                )
            )
        ) ORDER BY i.position, i.id)
        FROM menu_items i WHERE i.restaurant_id = r.id AND i.removed_at IS NULL
    ), '[]'))::text END AS body
FROM restaurants r CROSS JOIN LATERAL (SELECT r.version || '.' || r.menu_version AS tag) AS present
WHERE r.id = %(restaurant)s
"""


async def read_menu(transaction: Transaction, restaurant_id: UUID, known: Sequence[str]) -> Menu:
    """Return a restaurant's menu, without its body when its ETag is in `known`."""
    wanted = Statement(MENU, {"known": list(known), "restaurant": restaurant_id})
    (rows,) = await transaction.finish(wanted)
    if not rows:
        raise RestaurantNotFoundError
    return Menu(*rows[0])
