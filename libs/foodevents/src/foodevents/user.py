"""What user-service publishes; nothing in it identifies a person outside our system."""

from uuid import UUID

from foodchassis import Event


class UserRegistered(Event, type="user.registered.v1", subject="user_id"):
    """Somebody signed up."""

    user_id: UUID
    role: str


class UserErased(Event, type="user.erased.v1", subject="user_id"):
    """Somebody asked to be forgotten; every service anonymises what it knows of them and keeps its books."""

    user_id: UUID
