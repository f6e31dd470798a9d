"""The numbers that decisions about deliveries need; the settings name and describe each."""

from dataclasses import dataclass
from datetime import timedelta

import foodchassis


@dataclass(frozen=True)
class Policy(foodchassis.Policy):
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
