"""Who works at a restaurant, and what each role may do there."""

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class StaffRole(StrEnum):
    """A role at a restaurant; each may do what those before it may.

    A kitchen sees the orders, answers them, pauses the restaurant and marks dishes as sold out. A manager also changes
    menu, hours and prices, and cancels orders. Payments, payouts and the staff are the owner's alone.
    """

    KITCHEN = "kitchen"
    MANAGER = "manager"
    OWNER = "owner"

    def covers(self, least: "StaffRole") -> bool:
        """Return whether this role may do what needs at least the role `least`."""
        ranks = list(StaffRole)
        return ranks.index(self) >= ranks.index(least)


class StaffMember(BaseModel):
    """A user who works at a restaurant of another."""

    model_config = ConfigDict(frozen=True)
    user_id: UUID
    role: StaffRole


def role_of(user_id: UUID, owner_id: UUID, staff: Iterable[StaffMember]) -> StaffRole | None:
    """Return the role of a user at a restaurant, or None for a stranger."""
    if user_id == owner_id:
        return StaffRole.OWNER
    return next((member.role for member in staff if member.user_id == user_id), None)
