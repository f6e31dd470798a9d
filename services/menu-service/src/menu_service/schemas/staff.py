"""Bodies of the staff of restaurants."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, SecretStr

from foodchassis import Id, Schema, Text, Timestamp
from foodevents import StaffRole

HiredRole = Literal["kitchen", "manager"]


class InvitationCreate(Schema):
    """An invitation to work at a restaurant."""

    role: HiredRole = Field(examples=["kitchen"])
    """The role: `kitchen` reads and handles orders, `manager` also changes menu, hours and prices."""
    name: Text = Field(examples=["Ben, evenings"])
    """The owner's name for the person."""


class InvitationPublic(Schema):
    """An invitation that was not used yet."""

    id: Id
    """The invitation."""
    role: StaffRole = Field(examples=["kitchen"])
    """The role."""
    name: str = Field(examples=["Ben, evenings"])
    """The owner's name for the person."""
    expires_at: Timestamp
    """When its code expires."""


class InvitationMade(InvitationPublic):
    """A new invitation with its code, which is shown only once."""

    code: str = Field(examples=["Zt3Jq0v8m1pYcXn5b7Kd2w"])
    """Pass it on to the person: `POST /restaurants/join` accepts it once."""


class Join(Schema):
    """The code of an invitation."""

    code: Annotated[SecretStr, Field(min_length=1, max_length=100, examples=["Zt3Jq0v8m1pYcXn5b7Kd2w"])]
    """The code from the owner."""


class MemberUpdate(Schema):
    """A new role of a member of the staff."""

    role: HiredRole = Field(examples=["manager"])
    """The new role."""


class MemberPublic(Schema):
    """A member of a restaurant's staff."""

    user_id: UUID
    """The user."""
    role: StaffRole = Field(examples=["kitchen"])
    """The role."""
    name: str = Field(examples=["Ben, evenings"])
    """The owner's name for the person."""


class StaffPublic(Schema):
    """The staff of a restaurant besides its owner, and its invitations."""

    members: list[MemberPublic]
    """The members."""
    invitations: list[InvitationPublic]
    """Open invitations."""
