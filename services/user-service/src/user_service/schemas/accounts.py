"""Accounts and addresses."""

from typing import Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from foodchassis import Schema, Text, Timestamp
from foodchassis.kernel import unset
from foodevents import Address, Place
from user_service.models import UserRole
from user_service.schemas.fields import Email, NewPassword, Phone


class UserCreate(Schema):
    """A sign-up; admins are created by an operator."""

    email: Email
    password: NewPassword
    name: Text = Field(examples=["Emma"])
    """The name that others see."""
    role: Literal["customer", "restaurant", "driver"] = Field(examples=["customer"])
    """The role of the account; it cannot be changed."""


class AdminCreate(Schema):
    """An admin, created by an operator."""

    email: Email
    password: NewPassword
    name: Text


class UserUpdate(Schema):
    """A change of a user's own account; omitted fields stay unchanged, and `phone: null` removes the phone."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})
    name: Text = unset("Emma")
    """The name that others see."""
    phone: Phone | None = Field(default=None, examples=["+32 9 266 77 00"])
    """An international number, e.g. +41 44 668 18 00; null removes it."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("send name, phone or both")
        return self


class UserPublic(Schema):
    """A user's own account."""

    id: UUID
    """The user."""
    email: str = Field(examples=["emma@example.com"])
    """The address to log in with."""
    email_verified: bool = Field(description="whether a link sent to the address was opened", examples=[True])
    name: str = Field(examples=["Emma"])
    """The name that others see."""
    phone: str | None = Field(examples=["+3292667700"])
    """An international number."""
    role: UserRole
    """The role of the account."""
    created_at: Timestamp
    """When the account was created."""


class SignUpPending(Schema):
    """A sign-up that a link by e-mail will finish, or a message to the owner of an account that has the address."""

    status: Literal["confirm_by_email"] = "confirm_by_email"
    """The next step."""
    detail: str = "Open the link in the e-mail that was sent to this address."
    """The next step, as a text for people."""


class AddressCreate(Address):
    """A delivery address; without `label` it is also an order's `delivery_address`."""

    label: Text | None = Field(default=None, examples=["Home"])
    """The user's name for it, e.g. Home."""


class AddressPublic(Place):
    """A stored address."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    """The address."""
    label: str | None = Field(examples=["Home"])
    """What the user calls it."""
    created_at: Timestamp
    """When it was stored."""
