"""Changes of a password or an e-mail address."""

from pydantic import Field

from foodchassis import Schema
from user_service.schemas.fields import Email, NewPassword, Secret


class PasswordChange(Schema):
    """A new password, and the current one as proof."""

    current_password: Secret = Field(examples=["demo-password"])
    """The current password."""
    new_password: NewPassword


class PasswordResetRequest(Schema):
    """The address of the account whose password is forgotten."""

    email: Email


class PasswordReset(Schema):
    """A new password, and the token of the link that was sent: the part after `#token=`."""

    token: Secret = Field(examples=["H3uS0m3r4nd0mB1t5"])
    """The part of the link after `#token=`."""
    new_password: NewPassword


class EmailChange(Schema):
    """A new e-mail address, and the password as proof."""

    email: Email
    password: Secret = Field(examples=["demo-password"])
    """The current password."""


class EmailConfirmation(Schema):
    """The token of the link that was sent: the part after `#token=`."""

    token: Secret = Field(examples=["H3uS0m3r4nd0mB1t5"])
    """The part of the link after `#token=`."""
