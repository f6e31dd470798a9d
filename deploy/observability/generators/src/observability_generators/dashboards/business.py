"""The business at a glance: orders, money, restaurants and drivers."""

from observability_generators.dashboards.page import Page, Shelf
from observability_generators.dashboards.panel import Figure, Lines, Query
from observability_generators.dashboards.promql import quantile, rate, share

_MINUTE = " * 60"


def business() -> Page:
    """Describe the dashboard."""
    return Page(
        "business",
        "Business overview",
        "Orders by outcome, how long people wait, and where money goes.",
        [Shelf("Now", _NOW), Shelf("Orders", _ORDERS), Shelf("Waiting", _WAITING), Shelf("People and money", _PEOPLE)],
    )


_NOW = [
    Figure("Orders a minute", rate('orders_total{outcome="created"}', scale=_MINUTE)),
    Figure(
        "Checkouts that succeed",
        "1 - " + share('gateway_checkouts_total{outcome="failed"}', "gateway_checkouts_total"),
        "percentunit",
        bad_below=0.999,
    ),
    Figure(
        "Cards that are not declined",
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
    Figure("Watched live", "sum(order_streams)", says="Open streams of customers that watch their order."),
]
_ORDERS = [
    Lines(
        "Orders by how they end, a minute",
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
        "Orders on their way, a minute",
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
    Lines("Refunds, asked to paid back", [Query(quantile(0.95, "payment_refund_seconds"), "p95")], "s"),
]
_PEOPLE = [
    Lines(
        "Payments by what they reach, a minute",
        [Query(rate("payments_total", "status", scale=_MINUTE), "{{status}}")],
        stacked=True,
    ),
    Lines(
        "Offers to drivers, a minute", [Query(rate("delivery_offers_total", "outcome", scale=_MINUTE), "{{outcome}}")]
    ),
    Lines(
        "Rides by how they end, a minute",
        [
            Query(rate("delivery_ended_total", "outcome", scale=_MINUTE), "{{outcome}}"),
            Query(rate("delivery_drivers_lost_total", scale=_MINUTE), "driver lost"),
            Query(rate("delivery_late_total", scale=_MINUTE), "late"),
        ],
    ),
    Lines(
        "Accounts and log-ins, a minute",
        [
            Query(rate("users_registered_total", "role", scale=_MINUTE), "new {{role}}"),
            Query(rate("logins_total", "outcome", scale=_MINUTE), "log-in {{outcome}}"),
        ],
    ),
]
