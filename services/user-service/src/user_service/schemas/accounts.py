"""Accounts and addresses."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from foodchassis import Latitude, Longitude, PostalCode, Schema, Text, Timestamp
from user_service.models import UserRole
from user_service.schemas.fields import Email, NewPassword, Phone

Detail = Annotated[Text, Field(max_length=40)]


class UserCreate(Schema):
    """A sign-up; an admin is made by an operator."""

    email: Email
    password: NewPassword
    name: Text = Field(examples=["Emma"])
    """The name that others see."""
    role: Literal["customer", "restaurant", "driver"] = Field(examples=["customer"])
    """What the account is for; it stays."""


class AdminCreate(Schema):
    """An admin, made by an operator."""

    email: Email
    password: NewPassword
    name: Text


class UserUpdate(Schema):
    """What a user may change about an own account; what is left out stays, and `phone: null` removes the phone."""

    name: Text | None = Field(default=None, examples=["Emma"])
    """The name that others see."""
    phone: Phone | None = Field(default=None, examples=["+32 9 266 77 00"])
    """An international number, e.g. +41 44 668 18 00; null removes it."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("send name, phone or both")
        if "name" in self.model_fields_set and self.name is None:
            raise ValueError("name must not be null")
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
    """What the account is for."""
    created_at: Timestamp
    """When the account was made."""


class SignUpPending(Schema):
    """A sign-up that a link by e-mail will finish, or a message to the owner of an account that has the address."""

    status: Literal["confirm_by_email"] = "confirm_by_email"
    """What has to happen next."""
    detail: str = "Open the link in the e-mail that was sent to this address."
    """The same, for a person."""


class AddressCreate(Schema):
    """A place to deliver to; without `label` it is also an order's `delivery_address`."""

    label: Text | None = Field(default=None, examples=["Home"])
    """What the user calls it, e.g. Home."""
    line1: Text = Field(examples=["Coupure 1"])
    """Street and house number."""
    city: Text = Field(examples=["Ghent"])
    """The town."""
    postal_code: PostalCode = Field(default="", examples=["9000"])
    """The postal code, as it is written there; empty where there are none."""
    lat: Latitude
    lng: Longitude
    floor: Detail | None = Field(default=None, examples=["3rd"])
    """The floor, or the flat."""
    door_code: Detail | None = Field(default=None, examples=["4711B"])
    """What opens the front door."""


class AddressPublic(AddressCreate):
    """A stored address."""

    id: UUID
    """The address."""
    created_at: Timestamp
    """When it was stored."""
