"""What this service is told by its surroundings."""

from pydantic import Field

from foodchassis import ServiceSettings


class OrderSettings(ServiceSettings):
    """The chassis' knobs under this service's name, and how long an order waits for whom."""

    service_name: str = "order-service"

    payment_answer_seconds: float = Field(default=300, gt=0, description="then the payment counts as failed")
    restaurant_reminder_seconds: float = Field(default=90, gt=0, description="then a silent restaurant is reminded")
    restaurant_answer_seconds: float = Field(default=600, gt=0, description="then the order is rejected")
    cancelling_seconds: float = Field(default=300, gt=0, description="then somebody must look, and it is asked again")

    delivery_promise_seconds: float = Field(
        default=1800, gt=0, description="from the ready food to the door; what comes later is counted as late"
    )

    free_cancel_seconds: float = Field(default=60, ge=0, description="after acceptance, for the customer")
    keep_food: bool = Field(default=True, description="whether a later cancel by the customer costs the food")

    token_lifetime_seconds: float = Field(
        default=3600, gt=0, description="then what an erased customer may still have ordered is erased too"
    )

    stream_heartbeat_seconds: float = Field(default=15, gt=0, description="between two signs of life on a stream")
    stream_poll_seconds: float = Field(default=1, gt=0, description="between two looks at the history without Redis")
