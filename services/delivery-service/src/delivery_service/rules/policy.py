"""The numbers that decisions about deliveries need; the settings name and describe each."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self

from foodchassis import kernel

# Not the silence of a driver: how often a position comes does not depend on the order.
PACED = ("search_interval", "offer_lifetime", "search_lifetime", "pickup_patience", "delivery_late", "delivery_lost")


@dataclass(frozen=True)
class Policy(kernel.Policy):
    """How far and how long drivers are searched for, and how long each state may last; metres, seconds."""

    search_radii_m: tuple[int, ...]
    search_lead: float
    driver_speed: float
    search_interval: float
    offer_lifetime: float
    search_lifetime: float
    driver_silence: float
    position_interval: float
    pickup_patience: float
    delivery_late: float
    delivery_lost: float

    @property
    def silence(self) -> timedelta:
        """How old a driver's durable position may be: only now and then one is made durable."""
        return timedelta(seconds=self.driver_silence + self.position_interval)

    def paced(self, pace: int) -> Self:
        """Return the policy of a test order, whose deadlines pass `pace` times sooner."""
        return self if pace == 1 else replace(self, **{name: getattr(self, name) / pace for name in PACED})
