"""Roles at a restaurant."""

from uuid import UUID, uuid4

import pytest

from foodevents import StaffMember, StaffRole, role_of

OWNER, COOK, STRANGER = uuid4(), uuid4(), uuid4()
STAFF = [StaffMember(user_id=uuid4(), role=StaffRole.MANAGER), StaffMember(user_id=COOK, role=StaffRole.KITCHEN)]


@pytest.mark.parametrize(("user", "role"), [(OWNER, StaffRole.OWNER), (COOK, StaffRole.KITCHEN), (STRANGER, None)])
def test_the_role_of_a_user_is_owner_or_as_listed(user: UUID, role: StaffRole | None) -> None:
    assert role_of(user, OWNER, STAFF) is role


def test_each_role_includes_the_lower_roles() -> None:
    covered = {role.value: [least.value for least in StaffRole if role.covers(least)] for role in StaffRole}

    assert covered == {
        "kitchen": ["kitchen"],
        "manager": ["kitchen", "manager"],
        "owner": ["kitchen", "manager", "owner"],
    }
