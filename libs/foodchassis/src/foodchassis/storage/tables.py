"""The nine tables of the chassis in every service's database."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData()

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("routing_key", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("traceparent", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("parked_at", DateTime(timezone=True)),
)

# Only increases: the events that the broker has confirmed, compared with those that each consumer has handled.
outbox_published = Table(
    "outbox_published",
    metadata,
    Column("routing_key", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

# One row if events were published before counting began: events with a smaller id are not counted on either side.
outbox_counted = Table("outbox_counted", metadata, Column("since", Uuid, primary_key=True))

inbox = Table(
    "inbox",
    metadata,
    Column("handler", Text, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("handler", "event_id"),
    Index("inbox_received", "received_at"),
)

# Only increases: the rows that retention deleted from the inbox, so that the counts still match.
inbox_pruned = Table(
    "inbox_pruned", metadata, Column("handler", Text, primary_key=True), Column("count", BigInteger, nullable=False)
)

# Events that a handler will never receive, because an operator dropped their dead letter.
dropped_events = Table(
    "dropped_events",
    metadata,
    Column("handler", Text, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("reason", Text, nullable=False),
    Column("dropped_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("handler", "event_id"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("owner", Uuid, nullable=False),
    Column("key", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("owner", "key"),
    Index("idempotency_keys_created", "created_at"),
)

deadlines = Table(
    "deadlines",
    metadata,
    Column("name", Text, nullable=False),
    Column("subject", Uuid, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("traceparent", Text),
    PrimaryKeyConstraint("name", "subject"),
    Index("deadlines_due", "due_at"),
)

# Requests to other systems, stored with the state that waits for the response and deleted with the response.
effects = Table(
    "effects",
    metadata,
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("subject", Uuid, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("groups", ARRAY(Text), nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("correlation_id", Text, nullable=False),
    Column("causation_id", Text, nullable=False),
    Column("traceparent", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("effects_asked", "asked_at"),
)
