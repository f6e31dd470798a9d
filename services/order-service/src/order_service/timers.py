"""How long an order waits for whom: the timers that run in each state."""

from dataclasses import dataclass

from order_service.models import OrderFacts
from order_service.settings import OrderSettings
from order_service.states import KitchenStatus, OrderStatus

PAYMENT_UNANSWERED = "payment.unanswered"
RESTAURANT_SLOW = "restaurant.slow"
RESTAURANT_SILENT = "restaurant.silent"
CANCELLING_STUCK = "cancelling.stuck"
# Not an order's: it runs for a customer who asked to be forgotten.
CUSTOMER_ERASED = "customer.erased"
NONE: frozenset[str] = frozenset()
PAYMENT: frozenset[str] = frozenset({PAYMENT_UNANSWERED})
RESTAURANT: frozenset[str] = frozenset({RESTAURANT_SLOW, RESTAURANT_SILENT})
CANCELLING: frozenset[str] = frozenset({CANCELLING_STUCK})


def running(order: OrderFacts) -> frozenset[str]:
    """Name the timers that run while `order` is as it is."""
    if order.status is OrderStatus.PENDING:
        return PAYMENT
    if order.status is OrderStatus.CANCELLING:
        return CANCELLING
    # A restaurant that accepts by itself does so before anybody could wait for it.
    waiting = order.status is OrderStatus.PLACED and order.kitchen is KitchenStatus.WAITING and not order.auto_accept
    return RESTAURANT if waiting else NONE


@dataclass(frozen=True)
class Timing:
    """Which timers a step starts, with their seconds, and which it stops."""

    started: dict[str, float]
    stopped: list[str]

    def __bool__(self) -> bool:
        """Tell whether the step touches any timer."""
        return bool(self.started or self.stopped)


def timing(before: frozenset[str], after: frozenset[str], trigger: str, settings: OrderSettings) -> Timing:
    """Return what a step by `trigger` does to the timers; compensation that is stuck is waited for anew."""
    started = after - before if trigger != CANCELLING_STUCK else after
    return Timing({name: seconds(name, settings) for name in sorted(started)}, sorted(before - after))


def seconds(name: str, settings: OrderSettings) -> float:
    """Return how long a timer runs."""
    return {
        PAYMENT_UNANSWERED: settings.payment_answer_seconds,
        RESTAURANT_SLOW: settings.restaurant_reminder_seconds,
        RESTAURANT_SILENT: settings.restaurant_answer_seconds,
        CANCELLING_STUCK: settings.cancelling_seconds,
    }[name]
