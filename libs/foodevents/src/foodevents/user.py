"""What user-service publishes; nothing in it identifies a person outside our system."""

from uuid import UUID

from foodchassis import Event


class UserRegistered(Event, type="user.registered.v1", subject="user_id"):
    """Somebody signed up."""

    user_id: UUID
    role: str
