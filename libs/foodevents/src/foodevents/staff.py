"""The staff of a restaurant, and the permissions of each role."""

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class StaffRole(StrEnum):
    """A role at a restaurant; each includes the permissions of the previous ones.

    `kitchen` reads and handles orders, pauses the restaurant and marks dishes as sold out. `manager` also changes
    menu, hours and prices, and cancels orders. Only the owner sees payments and payouts and manages the staff.
    """

    KITCHEN = "kitchen"
    MANAGER = "manager"
    OWNER = "owner"

    def covers(self, least: "StaffRole") -> bool:
        """Return whether this role includes the permissions of `least`."""
        ranks = list(StaffRole)
        return ranks.index(self) >= ranks.index(least)


class StaffMember(BaseModel):
    """A member of a restaurant's staff."""

    model_config = ConfigDict(frozen=True)
    user_id: UUID
    role: StaffRole


def role_of(user_id: UUID, owner_id: UUID, staff: Iterable[StaffMember]) -> StaffRole | None:
    """Return the role of a user at a restaurant, or None."""
    if user_id == owner_id:
        return StaffRole.OWNER
    return next((member.role for member in staff if member.user_id == user_id), None)
