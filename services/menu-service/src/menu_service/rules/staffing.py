"""The roles that changes of a restaurant or a dish need."""

from collections.abc import Set as AbstractSet

from foodevents import StaffRole

# The fields that the kitchen role may change; others need the manager role.
OF_KITCHEN_AT_RESTAURANT = frozenset({"paused"})
OF_KITCHEN_AT_ITEM = frozenset({"available"})


def least_role_to_change_restaurant(fields: AbstractSet[str]) -> StaffRole:
    """Return the minimum role that may change these fields of a restaurant."""
    return StaffRole.KITCHEN if fields <= OF_KITCHEN_AT_RESTAURANT else StaffRole.MANAGER


def least_role_to_change_item(fields: AbstractSet[str]) -> StaffRole:
    """Return the minimum role that may change these fields of a dish."""
    return StaffRole.KITCHEN if fields <= OF_KITCHEN_AT_ITEM else StaffRole.MANAGER
