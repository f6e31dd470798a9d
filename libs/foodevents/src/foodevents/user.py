"""What user-service publishes; only `UserChanged` holds what identifies a person."""

from uuid import UUID

from foodchassis import Event


class UserRegistered(Event, type="user.registered.v1", subject="user_id"):
    """A user signed up."""

    user_id: UUID
    role: str


class UserChanged(Event, type="user.changed.v1", subject="user_id"):
    """How those who share an open order may call a user: `name` is a person's first name, or a restaurant's.

    Who stores it forgets it with UserErased, and shows it only while the order is open.
    """

    user_id: UUID
    version: int
    name: str
    phone: str | None


class UserErased(Event, type="user.erased.v1", subject="user_id"):
    """A user asked for erasure: every service anonymises what it stores of the user, and its books stay."""

    user_id: UUID
