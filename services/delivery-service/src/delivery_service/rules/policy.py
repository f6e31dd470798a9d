"""The settings for decisions."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self

from foodchassis import kernel

# Not `driver_silence`: the interval of position reports does not depend on the order.
PACED = ("search_interval", "offer_lifetime", "search_lifetime", "pickup_patience", "delivery_late", "delivery_lost")


@dataclass(frozen=True)
class Policy(kernel.Policy):
    """The radii and times of searches, and the time limits of each state, in metres and seconds."""

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
        """The maximum age of a stored position, which is only updated occasionally."""
        return timedelta(seconds=self.driver_silence + self.position_interval)

    def paced(self, pace: int) -> Self:
        """Return the policy of a test order, with all times divided by `pace`."""
        return self if pace == 1 else replace(self, **{name: getattr(self, name) / pace for name in PACED})
