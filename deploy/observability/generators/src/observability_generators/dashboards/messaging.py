"""Everything between the services: outboxes, queues, handlers, dead letters, and the broker itself."""

from observability_generators.dashboards.page import Page, Shelf
from observability_generators.dashboards.panel import Figure, Lines, Query
from observability_generators.dashboards.promql import quantile, rate


def messaging() -> Page:
    """Describe the dashboard."""
    return Page(
        "messaging",
        "Messaging",
        "Events from their outbox through the broker to their handlers.",
        [Shelf("Now", _NOW), Shelf("Out", _OUT), Shelf("In", _IN), Shelf("Broker", _BROKER)],
    )


_NOW = [
    Figure("Waiting in outboxes", "sum(max by (service) (outbox_pending))"),
    Figure("Oldest in an outbox", "max(outbox_oldest_seconds)", "s", bad_above=30),
    Figure("Given up in outboxes", "sum(max by (service) (outbox_parked))", bad_above=1),
    Figure("Waiting in queues", "sum(max by (queue) (queue_messages))"),
    Figure("Queues that nobody reads", "count(max by (queue) (queue_consumers) < 1) or vector(0)", bad_above=1),
    Figure("Dead letters", "sum(max by (queue) (dead_letters))", bad_above=1),
]
_OUT = [
    Lines("Events published", [Query(rate("outbox_published_total", "service"), "{{service}}")], "cps"),
    Lines("Oldest in the outbox", [Query("max by (service) (outbox_oldest_seconds)", "{{service}}")], "s"),
    Lines("Waiting in the outbox", [Query("max by (service) (outbox_pending)", "{{service}}")]),
    Lines("Refused by the broker", [Query(rate("outbox_failed_total", "service"), "{{service}}")], "cps"),
]
_IN = [
    Lines(
        "Events handled",
        [Query(rate('events_handled_total{outcome="handled"}', "service"), "{{service}}")],
        "cps",
        stacked=True,
    ),
    Lines(
        "Events that gave trouble",
        [Query(rate('events_handled_total{outcome!="handled"}', "service, outcome"), "{{service}} {{outcome}}")],
        "cps",
    ),
    Lines(
        "Time in a handler, 95 %",
        [Query(quantile(0.95, "event_handling_seconds", by="service, handler"), "{{service}} {{handler}}")],
        "s",
        exemplars=True,
    ),
    Lines("Messages waiting", [Query("max by (queue) (queue_messages)", "{{queue}}")]),
    Lines("Dead letters", [Query("max by (queue) (dead_letters)", "{{queue}}")]),
    Lines("Consumers brought back", [Query(rate("consumers_revived_total", "service"), "{{service}}")], "cps"),
]
_BROKER = [
    Lines(
        "Messages in all queues",
        [
            Query("sum(rabbitmq_queue_messages_ready)", "ready"),
            Query("sum(rabbitmq_queue_messages_unacked)", "being handled"),
        ],
    ),
    Lines(
        "Connections, channels and consumers",
        [
            Query("sum(rabbitmq_connections)", "connections"),
            Query("sum(rabbitmq_channels)", "channels"),
            Query("sum(rabbitmq_consumers)", "consumers"),
        ],
    ),
    Lines("Memory of the broker", [Query("rabbitmq_process_resident_memory_bytes", "{{instance}}")], "bytes"),
    Lines("Disk the broker has left", [Query("rabbitmq_disk_space_available_bytes", "{{instance}}")], "bytes"),
]
