"""The size of a city, and its load on the system."""

from dataclasses import dataclass

# The part of the gateway's limit of 200 requests per second and address that positions may use.
POSITIONS_A_SECOND = 40.0
_OFTEN = 2.0


@dataclass(frozen=True)
class Plan:
    """Average orders per real minute, the numbers of restaurants and couriers, the speed, and the minutes."""

    orders_per_minute: float = 30
    restaurants: int = 40
    drivers: int = 60
    speed: float = 10
    seed: int = 1
    minutes: float | None = None

    @property
    def customers(self) -> int:
        """Return the number of customers."""
        return max(8, min(60, round(2 * self.orders_per_minute)))

    @property
    def owners(self) -> int:
        """Return the number of owners, each with four restaurants."""
        return -(-self.restaurants // 4)

    @property
    def most_open(self) -> int:
        """Return the maximum number of open orders; further customers do not order."""
        return 4 * self.drivers + self.restaurants

    @property
    def report_every(self) -> float:
        """Return the real seconds between two positions of a courier."""
        return max(_OFTEN, self.drivers / POSITIONS_A_SECOND)


# The plan of `just up --city`, with a small load.
QUIET = Plan(orders_per_minute=6, restaurants=12, drivers=15, speed=5, seed=0)
