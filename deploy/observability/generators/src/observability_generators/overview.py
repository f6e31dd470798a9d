"""The dashboards of the whole system."""

from observability_generators.objectives import OBJECTIVES, Objective
from observability_generators.panel import Figure, Lines, Page, Query, Shelf, quantile, rate, share
from observability_generators.rules import WINDOWS

_MINUTE = " * 60"


def business() -> Page:
    """Return the dashboard."""
    return Page(
        "business",
        "Business overview",
        "Orders by outcome, waiting times and payments.",
        [
            Shelf("Now", _BUSINESS_NOW),
            Shelf("Orders", _ORDERS),
            Shelf("Waiting", _WAITING),
            Shelf("People and money", _PEOPLE),
        ],
    )


_BUSINESS_NOW = [
    Figure("Orders per minute", rate('orders_total{outcome="created"}', scale=_MINUTE)),
    Figure(
        "Successful checkouts",
        "1 - " + share('gateway_checkouts_total{outcome="failed"}', "gateway_checkouts_total"),
        "percentunit",
        bad_below=0.999,
    ),
    Figure(
        "Cards not declined",
        share('payments_total{status="authorized"}', 'payments_total{status=~"authorized|declined"}'),
        "percentunit",
        bad_below=0.9,
    ),
    Figure(
        "Delivered on time",
        share('orders_on_time_total{on_time="true"}', "orders_on_time_total"),
        "percentunit",
        bad_below=0.95,
    ),
    Figure("Overdue orders", "max(orders_overdue)", bad_above=1),
    Figure("Live order streams", "sum(order_streams)", says="Open streams of customers who follow their orders."),
]
_ORDERS = [
    Lines(
        "Ended orders per minute by outcome",
        [
            Query(
                rate(
                    'orders_total{outcome=~"delivered|rejected|payment_failed|cancelled|undeliverable"}',
                    "outcome",
                    scale=_MINUTE,
                ),
                "{{outcome}}",
            )
        ],
        stacked=True,
    ),
    Lines(
        "Orders per minute that reach a milestone",
        [
            Query(
                rate(
                    'orders_total{outcome=~"created|placed|accepted|paid|ready|assigned|picked_up"}',
                    "outcome",
                    scale=_MINUTE,
                ),
                "{{outcome}}",
            )
        ],
    ),
]
_WAITING = [
    Lines(
        "From the order to each milestone, median",
        [
            Query(
                quantile(
                    0.5,
                    "order_milestone_seconds",
                    'milestone=~"accepted|paid|assigned|picked_up|delivered"',
                    "milestone",
                ),
                "{{milestone}}",
            )
        ],
        "s",
    ),
    Lines(
        "From the order to each milestone, 95 %",
        [
            Query(
                quantile(
                    0.95,
                    "order_milestone_seconds",
                    'milestone=~"accepted|paid|assigned|picked_up|delivered"',
                    "milestone",
                ),
                "{{milestone}}",
            )
        ],
        "s",
    ),
    Lines(
        "From the paid order to its driver and to the door",
        [
            Query(quantile(0.95, "delivery_assign_seconds"), "driver found, p95"),
            Query(quantile(0.95, "delivery_deliver_seconds"), "at the door, p95"),
        ],
        "s",
    ),
    Lines("Refunds, from request to payment", [Query(quantile(0.95, "payment_refund_seconds"), "p95")], "s"),
]
_PEOPLE = [
    Lines(
        "Payments per minute by status",
        [Query(rate("payments_total", "status", scale=_MINUTE), "{{status}}")],
        stacked=True,
    ),
    Lines(
        "Offers to drivers per minute", [Query(rate("delivery_offers_total", "outcome", scale=_MINUTE), "{{outcome}}")]
    ),
    Lines(
        "Ended deliveries per minute by outcome",
        [
            Query(rate("delivery_ended_total", "outcome", scale=_MINUTE), "{{outcome}}"),
            Query(rate("delivery_drivers_lost_total", scale=_MINUTE), "driver lost"),
            Query(rate("delivery_late_total", scale=_MINUTE), "late"),
        ],
    ),
    Lines(
        "Accounts and log-ins per minute",
        [
            Query(rate("users_registered_total", "role", scale=_MINUTE), "new {{role}}"),
            Query(rate("logins_total", "outcome", scale=_MINUTE), "log-in {{outcome}}"),
        ],
    ),
]


def databases() -> Page:
    """Return the dashboard."""
    return Page(
        "databases",
        "Databases",
        "PostgreSQL and Redis as the services see them.",
        [Shelf("Now", _DATABASES_NOW), Shelf("PostgreSQL", _POSTGRES), Shelf("Redis", _REDIS)],
    )


_DATABASES_NOW = [
    Figure("Connections in use", "sum(database_pool_in_use)", width=6),
    Figure("Fullest pool", "max(database_pool_in_use / database_pool_size)", "percentunit", width=6, bad_above=0.9),
    Figure("Wait, 99 %", quantile(0.99, "database_pool_wait_seconds"), "s", width=6, bad_above=0.1),
    Figure("Deadlines overdue", "sum(max by (service) (deadlines_overdue))", width=6, bad_above=1),
]
_POSTGRES = [
    Lines(
        "Connections in use",
        [Query("sum by (service, pool) (database_pool_in_use)", "{{service}} {{pool}}")],
        stacked=True,
    ),
    Lines(
        "Wait for a connection, 95 %",
        [Query(quantile(0.95, "database_pool_wait_seconds", by="service, pool"), "{{service}} {{pool}}")],
        "s",
    ),
    Lines(
        "Share of the pool in use",
        [Query("max by (service, pool) (database_pool_in_use / database_pool_size)", "{{service}} {{pool}}")],
        "percentunit",
    ),
    Lines("Connections handed out", [Query(rate("database_pool_wait_seconds_count", "service"), "{{service}}")], "cps"),
    Lines(
        "Handled deadlines",
        [Query(rate("deadlines_run_total", "service, name, outcome"), "{{service}} {{name}} {{outcome}}")],
        "cps",
    ),
    Lines("Deadlines overdue", [Query("max by (service) (deadlines_overdue)", "{{service}}")]),
]
_REDIS = [
    Lines("Redis errors", [Query(rate("redis_errors_total", "service"), "{{service}}")], "cps"),
    Lines("Limits decided without Redis", [Query(rate("gateway_limits_local_total"), "requests")], "reqps"),
]


def messaging() -> Page:
    """Return the dashboard."""
    return Page(
        "messaging",
        "Messaging",
        "Events from their outbox through the broker to their handlers.",
        [Shelf("Now", _MESSAGING_NOW), Shelf("Out", _OUT), Shelf("In", _IN), Shelf("Broker", _BROKER)],
    )


_MESSAGING_NOW = [
    Figure("Waiting in outboxes", "sum(max by (service) (outbox_pending))"),
    Figure("Oldest in an outbox", "max(outbox_oldest_seconds)", "s", bad_above=30),
    Figure("Parked in outboxes", "sum(max by (service) (outbox_parked))", bad_above=1),
    Figure("Waiting in queues", "sum(max by (queue) (queue_messages))"),
    Figure("Queues without a consumer", "count(max by (queue) (queue_consumers) < 1) or vector(0)", bad_above=1),
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
        "Events by other outcome",
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
    Lines("Restarted consumers", [Query(rate("consumers_revived_total", "service"), "{{service}}")], "cps"),
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
    Lines("Free disk space of the broker", [Query("rabbitmq_disk_space_available_bytes", "{{instance}}")], "bytes"),
]


def objectives() -> Page:
    """Return the dashboard."""
    alerts = [
        Lines(
            "Firing alerts",
            [
                Query(
                    'sum by (alertname, severity) (ALERTS{alertstate="firing"}) or vector(0)',
                    "{{alertname}} {{severity}}",
                )
            ],
            width=24,
        )
    ]
    return Page(
        "objectives",
        "Objectives",
        "Each objective with its error budget in the selected time range and its burn rate.",
        [Shelf("Alerts", alerts), *(_shelf(objective) for objective in OBJECTIVES)],
        since="now-7d",
    )


def _shelf(objective: Objective) -> Shelf:
    bad, whole = objective.indicator.bad("$__range"), objective.indicator.all("$__range")
    kept = f"1 - ({bad}) / ({whole})"
    left = f"1 - ({bad}) / ({whole}) / {objective.budget}"
    burning = [
        Query(f'slo:error_ratio:rate{window}{{slo="{objective.name}"}} / {objective.budget}', window)
        for window in WINDOWS
    ]
    return Shelf(
        f"{objective.percent:g} %: {objective.promise}",
        [
            Figure("Kept", kept, "percentunit", width=6, bad_below=objective.percent / 100),
            Figure("Budget left", left, "percentunit", width=6, bad_below=0),
            Lines("Burn rate", burning, says="At 1 the budget lasts exactly 30 days."),
        ],
    )
