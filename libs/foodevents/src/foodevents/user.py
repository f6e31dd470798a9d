"""The events of user-service; only `UserChanged` contains personal data."""

from uuid import UUID

from foodchassis import Event


class UserRegistered(Event, type="user.registered.v1", subject="user_id"):
    """A user signed up."""

    user_id: UUID
    role: str


class UserChanged(Event, type="user.changed.v1", subject="user_id"):
    """The contact of a user for the other parties of an open order: `name` is a first name, or a restaurant's name.

    Consumers delete it on UserErased, and show it only while the order is open.
    """

    user_id: UUID
    version: int
    name: str
    phone: str | None


class UserErased(Event, type="user.erased.v1", subject="user_id"):
    """A user requested erasure: every service anonymises the user's data, and keeps amounts."""

    user_id: UUID
