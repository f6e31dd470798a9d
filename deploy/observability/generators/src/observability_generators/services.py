"""The dashboards of the services, and the files of all dashboards."""

from collections.abc import Iterator
from pathlib import Path

from foodctl.catalog import SERVICES, Service
from foodctl.settings import PROJECT
from observability_generators.overview import business, databases, messaging, objectives
from observability_generators.panel import Figure, Lines, Page, Query, Shelf, quantile, quantiles, rate, share

# The only service with a broker that consumes no events.
_WITHOUT_CONSUMERS = "user-service"


def of_service(service: Service) -> Page:
    """Return the dashboard of a service."""
    return Page(
        service.name,
        f"Service: {service.name}",
        f"Requests, events, storage and resources of {service.name}.",
        list(_shelves(service)),
    )


def _shelves(service: Service) -> Iterator[Shelf]:
    of = f'service="{service.name}"'
    gateway = service.short == "gateway"
    yield Shelf("Now", _now(of, gateway=gateway, stores=service.has_database))
    yield Shelf("Requests", _gateway(of) if gateway else _requests(of))
    if service.has_database:
        yield Shelf("Events", _events(of, consumes=service.name != _WITHOUT_CONSUMERS))
        yield Shelf("Storage", _storage(of))
    yield Shelf("Process", _process(of))


def _now(of: str, *, gateway: bool, stores: bool) -> list[Figure]:
    requests = "gateway_requests_total" if gateway else "http_requests_total"
    seconds = "gateway_request_seconds" if gateway else "http_request_duration_seconds"
    failed = f'{requests}{{{of}, status=~"5.."}}'
    figures = [
        Figure("Instances", f'sum(up{{job="foodapp", {of}}})', bad_below=1),
        Figure("Requests", rate(f"{requests}{{{of}}}"), "reqps"),
        Figure(
            "Failed responses", f"{share(failed, f'{requests}{{{of}}}')} or vector(0)", "percentunit", bad_above=0.01
        ),
        Figure("Response time, 99 %", quantile(0.99, seconds, of), "s", bad_above=0.5),
        Figure("Warnings and errors per second", rate(f"log_lines_total{{{of}}}"), "cps"),
    ]
    if stores:
        return [
            *figures,
            Figure("Oldest event in the outbox", f"max(outbox_oldest_seconds{{{of}}})", "s", bad_above=30),
        ]
    if not gateway:
        return figures
    return [*figures, Figure("Open circuits", f"sum(gateway_circuit_open{{{of}}})", bad_above=1)]


def _requests(of: str) -> list[Lines]:
    by_route = rate(f"http_requests_total{{{of}}}", "method, handler")
    slow = quantile(0.95, "http_request_duration_seconds", of, "method, handler")
    return [
        Lines("Requests by route", [Query(f"{by_route} > 0", "{{method}} {{handler}}")], "reqps"),
        Lines("Responses by status", [Query(rate(f"http_requests_total{{{of}}}", "status"), "{{status}}")], "reqps"),
        Lines(
            "Response time", quantiles("http_request_duration_seconds", of), "s", "Dots link to traces.", exemplars=True
        ),
        Lines("Response time by route, 95 %", [Query(slow, "{{method}} {{handler}}")], "s"),
    ]


def _gateway(of: str) -> list[Lines]:
    by_upstream = rate(f"gateway_requests_total{{{of}}}", "upstream")
    slow = quantile(0.95, "gateway_request_seconds", of, "upstream")
    return [
        Lines("Requests by upstream", [Query(by_upstream, "{{upstream}}")], "reqps"),
        Lines("Responses by status", [Query(rate(f"gateway_requests_total{{{of}}}", "status"), "{{status}}")], "reqps"),
        Lines("Response time", quantiles("gateway_request_seconds", of), "s", "Dots link to traces.", exemplars=True),
        Lines("Response time by upstream, 95 %", [Query(slow, "{{upstream}}")], "s"),
        Lines("Checkouts", [Query(rate(f"gateway_checkouts_total{{{of}}}", "outcome"), "{{outcome}}")], "reqps"),
        Lines("Checkout time", quantiles("gateway_checkout_seconds", of), "s", exemplars=True),
        Lines(
            "Refused by a rate limit",
            [
                Query(rate(f"gateway_limited_total{{{of}}}", "policy"), "{{policy}}"),
                Query(rate(f"gateway_limits_local_total{{{of}}}"), "decided without Redis"),
            ],
            "reqps",
        ),
        Lines(
            "Open circuits by upstream", [Query(f"sum by (upstream) (gateway_circuit_open{{{of}}})", "{{upstream}}")]
        ),
    ]


def _events(of: str, *, consumes: bool) -> list[Lines]:
    publishing = [
        Query(rate(f"outbox_published_total{{{of}}}"), "published"),
        Query(rate(f"outbox_failed_total{{{of}}}"), "refused by the broker"),
    ]
    waiting = [Query(f"max(outbox_pending{{{of}}})", "waiting"), Query(f"max(outbox_parked{{{of}}})", "given up")]
    panels = [Lines("Events published", publishing, "cps"), Lines("Events in the outbox", waiting)]
    if not consumes:
        return panels
    slow = quantile(0.95, "event_handling_seconds", of, "handler")
    return [
        *panels,
        Lines("Events handled", [Query(rate(f"events_handled_total{{{of}}}", "outcome"), "{{outcome}}")], "cps"),
        Lines("Time in a handler, 95 %", [Query(slow, "{{handler}}")], "s", exemplars=True),
    ]


def _storage(of: str) -> list[Lines]:
    return [
        Lines(
            "Database connections",
            [
                Query(f"sum by (pool) (database_pool_in_use{{{of}}})", "{{pool}}: in use"),
                Query(f"sum by (pool) (database_pool_size{{{of}}})", "{{pool}}: there are"),
            ],
        ),
        Lines("Wait for a connection", quantiles("database_pool_wait_seconds", of), "s"),
        Lines("Deadlines overdue", [Query(f"max(deadlines_overdue{{{of}}})", "overdue")]),
        Lines("Redis errors", [Query(rate(f"redis_errors_total{{{of}}}"), "errors")], "cps"),
    ]


def _process(of: str) -> list[Lines]:
    return [
        Lines("Processor", [Query(f"rate(process_cpu_seconds_total{{{of}}}[$__rate_interval])", "{{instance}}")]),
        Lines("Memory", [Query(f"process_resident_memory_bytes{{{of}}}", "{{instance}}")], "bytes"),
        Lines("Open files", [Query(f"process_open_fds{{{of}}}", "{{instance}}")]),
        Lines("Version", [Query(f"sum by (version) (service_info{{{of}}})", "{{version}}")]),
    ]


FOLDER = PROJECT / "deploy" / "observability" / "grafana" / "dashboards"


def dashboards() -> dict[Path, str]:
    """Return the JSON of each dashboard by file; Grafana shows the same folders."""
    folders = {
        "overview": [business(), objectives(), messaging(), databases()],
        "services": [of_service(service) for service in SERVICES],
    }
    return {FOLDER / name / f"{page.name}.json": page.json() for name, pages in folders.items() for page in pages}
