"""What the API takes and returns about the people who work at a restaurant."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, SecretStr

from foodchassis import Id, Schema, Text, Timestamp
from foodevents import StaffRole

HiredRole = Literal["kitchen", "manager"]


class InvitationCreate(Schema):
    """An invitation to work at a restaurant."""

    role: HiredRole = Field(examples=["kitchen"])
    """What they may do: `kitchen` sees and answers orders, `manager` also changes menu, hours and prices."""
    name: Text = Field(examples=["Ben, evenings"])
    """What the owner calls them."""


class InvitationPublic(Schema):
    """An invitation that was not used yet."""

    id: Id
    """The invitation."""
    role: StaffRole = Field(examples=["kitchen"])
    """The role it is for."""
    name: str = Field(examples=["Ben, evenings"])
    """What the owner calls them."""
    expires_at: Timestamp
    """When its code expires."""


class InvitationMade(InvitationPublic):
    """A new invitation with its code, which is shown this once."""

    code: str = Field(examples=["Zt3Jq0v8m1pYcXn5b7Kd2w"])
    """Pass it on to the person: `POST /restaurants/join` accepts it once."""


class Join(Schema):
    """The code of an invitation."""

    code: Annotated[SecretStr, Field(min_length=1, max_length=100, examples=["Zt3Jq0v8m1pYcXn5b7Kd2w"])]
    """The code that the owner has passed on."""


class MemberUpdate(Schema):
    """Another role for a member of the staff."""

    role: HiredRole = Field(examples=["manager"])
    """What they may do from now on."""


class MemberPublic(Schema):
    """A member of a restaurant's staff."""

    user_id: UUID
    """The user."""
    role: StaffRole = Field(examples=["kitchen"])
    """What they may do."""
    name: str = Field(examples=["Ben, evenings"])
    """What the owner calls them."""


class StaffPublic(Schema):
    """Who works at a restaurant besides its owner, and who is invited."""

    members: list[MemberPublic]
    """Those who joined."""
    invitations: list[InvitationPublic]
    """Those who did not yet."""
