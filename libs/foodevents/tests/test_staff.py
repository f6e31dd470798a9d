"""Roles at a restaurant."""

from uuid import UUID, uuid4

import pytest

from foodevents import StaffMember, StaffRole, role_of

OWNER, COOK, STRANGER = uuid4(), uuid4(), uuid4()
STAFF = [StaffMember(user_id=uuid4(), role=StaffRole.MANAGER), StaffMember(user_id=COOK, role=StaffRole.KITCHEN)]


@pytest.mark.parametrize(("user", "role"), [(OWNER, StaffRole.OWNER), (COOK, StaffRole.KITCHEN), (STRANGER, None)])
def test_a_role_is_that_of_the_owner_or_of_the_list(user: UUID, role: StaffRole | None) -> None:
    assert role_of(user, OWNER, STAFF) is role


def test_each_role_covers_those_below_it() -> None:
    covered = {role.value: [least.value for least in StaffRole if role.covers(least)] for role in StaffRole}

    assert covered == {
        "kitchen": ["kitchen"],
        "manager": ["kitchen", "manager"],
        "owner": ["kitchen", "manager", "owner"],
    }
