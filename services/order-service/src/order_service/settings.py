"""The settings of order-service."""

from collections.abc import Iterator

from pydantic import Field
from typing_extensions import override

from foodchassis.kernel import Danger
from foodevents import FoodSettings


class OrderSettings(FoodSettings):
    """The common settings, the time limits of each state, and the cost of a cancellation."""

    service_name: str = "order-service"

    sandbox: bool = Field(default=False, description="accept test orders, whose kitchen and courier are simulated")

    open_orders_per_customer: int = Field(default=100, ge=1, description="further ones are refused with 409")

    payment_answer_seconds: float = Field(default=300, gt=0, description="then the payment counts as failed")
    restaurant_reminder_seconds: float = Field(default=90, gt=0, description="then a silent restaurant is reminded")
    restaurant_answer_seconds: float = Field(default=600, gt=0, description="then the order is rejected")
    capture_answer_seconds: float = Field(
        default=300, gt=0, description="from the acceptance; then an order that is not paid is cancelled"
    )
    delivery_answer_seconds: float = Field(
        default=3600, gt=0, description="from the ready food; then an order without a courier is cancelled"
    )
    pickup_overdue_seconds: float = Field(
        default=3600, gt=0, description="from the ready food; then an order that is not picked up needs attention"
    )
    delivery_late_seconds: float = Field(
        default=5400, gt=0, description="from the pick-up; then an order that is not delivered needs attention"
    )
    delivery_lost_seconds: float = Field(
        default=11400, gt=0, description="from the pick-up; then the order ends as undeliverable"
    )
    cancelling_seconds: float = Field(
        default=300, gt=0, description="then a cancellation needs attention, and is requested again"
    )

    delivery_promise_seconds: float = Field(
        default=1800, gt=0, description="from the ready food to the delivery; later deliveries count as late"
    )

    free_cancel_seconds: float = Field(default=60, ge=0, description="after acceptance, for the customer")
    keep_food: bool = Field(
        default=True, description="whether the customer pays for the food after a later cancellation"
    )

    token_lifetime_seconds: float = Field(
        default=3600, gt=0, description="then the data of orders placed during the erasure is erased too"
    )

    @override
    def dangers(self) -> Iterator[Danger]:
        yield from super().dangers()
        if self.sandbox:
            yield Danger("sandbox", "test orders are accepted, which are not cooked or delivered; set SANDBOX=false.")
