"""Events and their CloudEvents envelope."""

from contextvars import ContextVar
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import override

from foodchassis.kernel.types import new_id, now


class Event(BaseModel):
    """A published fact. Subclasses name their wire type and the field that is their aggregate's id.

    >>> class DoorOpened(Event, type="door.opened.v1", subject="door_id"):
    ...     door_id: UUID
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    event_type: ClassVar[str]
    routing_key: ClassVar[str]
    subject_field: ClassVar[str]

    @override
    def __init_subclass__(cls, *, type: str | None = None, subject: str | None = None, **kwargs: Any) -> None:
        """Store the wire type and derive the routing key: the type without its version."""
        super().__init_subclass__(**kwargs)
        if type is not None and subject is not None:
            cls.event_type, cls.routing_key, cls.subject_field = type, type.rpartition(".")[0], subject

    @property
    def subject(self) -> UUID:
        """The id of the aggregate this event is about."""
        subject: UUID = getattr(self, self.subject_field)
        return subject

    @property
    def ids(self) -> dict[str, str]:
        """The ids in the event, by name; they are added to the log lines of its handling."""
        return {name: str(value) for name, value in self if isinstance(value, UUID)}


class Envelope(BaseModel):
    """CloudEvents 1.0 in JSON, with our extension attributes; `sequence` counts per subject."""

    specversion: str = "1.0"
    id: UUID = Field(default_factory=new_id)
    source: str
    type: str
    subject: UUID
    time: datetime = Field(default_factory=now)
    datacontenttype: str = "application/json"
    sequence: int
    correlationid: str
    causationid: str
    traceparent: str | None = None
    data: dict[str, Any]


class Cause(BaseModel):
    """The cause of the current work: the request or event that began the chain, and the previous one in it."""

    model_config = ConfigDict(frozen=True)
    correlation_id: str
    causation_id: str


_cause: ContextVar[Cause | None] = ContextVar("cause", default=None)


def current_cause() -> Cause:
    """Return the cause of the current work; work without a cause is its own cause."""
    if (cause := _cause.get()) is None:
        origin = str(new_id())
        return Cause(correlation_id=origin, causation_id=origin)
    return cause


def caused_by(correlation_id: str, causation_id: str) -> None:
    """Set the cause of the work of the current task."""
    _cause.set(Cause(correlation_id=correlation_id, causation_id=causation_id))
