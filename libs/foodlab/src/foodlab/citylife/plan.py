"""How large a city is, and what it asks of the system."""

from dataclasses import dataclass

# Of the 200 requests a second that the gateway lets one address make, positions take no more than these.
POSITIONS_A_SECOND = 40.0
_OFTEN = 2.0


@dataclass(frozen=True)
class Plan:
    """Orders in a minute of ours on the average of a city day, who cooks and rides, the speed, and the minutes."""

    orders_per_minute: float = 30
    restaurants: int = 40
    drivers: int = 60
    speed: float = 10
    seed: int = 1
    minutes: float | None = None

    @property
    def customers(self) -> int:
        """Return how many customers there are."""
        return max(8, min(60, round(2 * self.orders_per_minute)))

    @property
    def owners(self) -> int:
        """Return how many people own the restaurants, four each."""
        return -(-self.restaurants // 4)

    @property
    def most_open(self) -> int:
        """Return how many orders may be open at once; customers who come then go elsewhere."""
        return 4 * self.drivers + self.restaurants

    @property
    def report_every(self) -> float:
        """Return the seconds of ours between two positions of a courier."""
        return max(_OFTEN, self.drivers / POSITIONS_A_SECOND)


# What `just up --city` starts: to be looked at, and not to be felt.
QUIET = Plan(orders_per_minute=6, restaurants=12, drivers=15, speed=5, seed=0)
