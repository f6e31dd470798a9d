"""The databases as the services see them: connections, waiting, timers, and the cache."""

from observability_generators.dashboards.page import Page, Shelf
from observability_generators.dashboards.panel import Figure, Lines, Query
from observability_generators.dashboards.promql import quantile, rate


def databases() -> Page:
    """Describe the dashboard."""
    return Page(
        "databases",
        "Databases",
        "PostgreSQL and Redis as the services see them.",
        [Shelf("Now", _NOW), Shelf("PostgreSQL", _POSTGRES), Shelf("Redis", _REDIS)],
    )


_NOW = [
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
        "Deadlines run",
        [Query(rate("deadlines_run_total", "service, name, outcome"), "{{service}} {{name}} {{outcome}}")],
        "cps",
    ),
    Lines("Deadlines overdue", [Query("max by (service) (deadlines_overdue)", "{{service}}")]),
]
_REDIS = [
    Lines("Errors of Redis", [Query(rate("redis_errors_total", "service"), "{{service}}")], "cps"),
    Lines("Limits decided without Redis", [Query(rate("gateway_limits_local_total"), "requests")], "reqps"),
]
