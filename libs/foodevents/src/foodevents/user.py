"""What user-service publishes; nothing in it identifies a person outside our system."""

from uuid import UUID

from foodchassis import Event


class UserRegistered(Event, type="user.registered.v1", subject="user_id"):
    """A user signed up."""

    user_id: UUID
    role: str


class UserErased(Event, type="user.erased.v1", subject="user_id"):
    """A user asked for erasure: every service anonymises what it stores of the user, and its books stay."""

    user_id: UUID
