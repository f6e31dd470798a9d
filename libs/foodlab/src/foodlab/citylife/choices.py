"""The decisions of simulated people, determined by the seed: orders, kitchens and couriers.

Each choice has its own random generator, seeded by the seed, the kind of choice and its number, so that choices are
independent and reproducible. The system decides which order an offer is about.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp

from foodlab.citylife.clock import DAY, HOUR, MINUTE

# Meals: the peak hour, the spread in hours, and the weight.
MEALS = ((8.0, 1.0, 0.5), (12.5, 1.0, 1.6), (16.0, 1.5, 0.4), (19.25, 1.4, 2.4))
NIGHT = 0.12
CARDS = (("tok_declined", 0.03), ("tok_capture_fails", 0.015), ("tok_slow", 0.05))
# The probability of each choice.
AT_HOME, CANCELLED, REFUSED = 0.8, 0.05, 0.04
DECLINED, LOST, BROKEN_DOWN = 0.1, 0.08, 0.02
REASONS = ("We have run out of dough.", "The oven is broken.", "Too many orders at this time.")


def chance(seed: int, *what: object) -> random.Random:
    """Return the random generator of one choice."""
    return random.Random(":".join(map(str, (seed, *what))))  # noqa: S311 - a simulation


def hunger(seconds: float) -> float:
    """Return the rate of orders at a time of day, relative to the daily average."""
    return _raw(seconds % DAY / HOUR) / _AVERAGE


def _raw(hour: float) -> float:
    return NIGHT + sum(weight * exp(-((hour - middle) ** 2) / (2 * spread**2)) for middle, spread, weight in MEALS)


_AVERAGE = sum(_raw(minute / 60) for minute in range(1440)) / 1440


def arrivals(seed: int, begin: float, a_minute: float) -> Iterator[float]:
    """Yield the times of orders from `begin` on, without end, at a daily average of `a_minute` per minute."""
    source, at = chance(seed, "arrivals"), begin
    most = max(hunger(minute * MINUTE) for minute in range(1440))
    while True:
        at += source.expovariate(a_minute * most / MINUTE)
        if source.random() < hunger(at) / most:
            yield at


@dataclass(frozen=True)
class Order:
    """The choices of a customer: card, number of dishes, tip, and the city seconds until a cancellation."""

    card: str
    dishes: int
    tip: int
    at_home: bool
    cancels_after: float | None


def order(seed: int, number: int) -> Order:
    """Decide an order."""
    source = chance(seed, "order", number)
    roll, card = source.random(), "tok_ok"
    for token, share in CARDS:
        if 0 <= roll < share:
            card = token
        roll -= share
    return Order(
        card,
        source.choices((1, 2, 3, 4), (4, 5, 3, 1))[0],
        source.choice((0, 0, 100, 150, 200, 300)),
        source.random() < AT_HOME,
        source.uniform(20, 12 * MINUTE) if source.random() < CANCELLED else None,
    )


@dataclass(frozen=True)
class Cooking:
    """The choices of a kitchen: the city seconds until its response and until the food is ready, or a rejection."""

    answers_after: float
    takes: float
    refuses: str | None


def cooking(seed: int, key: object) -> Cooking:
    """Decide how a kitchen handles an order."""
    source = chance(seed, "kitchen", key)
    refuses = source.choice(REASONS) if source.random() < REFUSED else None
    return Cooking(source.uniform(20, 120), MINUTE * source.gammavariate(6, 2), refuses)


@dataclass(frozen=True)
class Ride:
    """The choices of a courier for one offer: the delay, whether to accept, and failures on the way."""

    thinks: float
    declines: bool
    gets_lost: bool
    breaks_down: bool
    door: str

    @property
    def fails(self) -> bool:
        """Return whether the delivery fails."""
        return self.door != "open"


def ride(seed: int, courier: int, key: object) -> Ride:
    """Decide how a courier handles an offer."""
    source = chance(seed, "ride", courier, key)
    return Ride(
        source.uniform(5, 40),
        source.random() < DECLINED,
        source.random() < LOST,
        source.random() < BROKEN_DOWN,
        source.choices(("open", "customer", "courier"), (97, 2, 1))[0],
    )


@dataclass(frozen=True)
class Shift:
    """The working and resting times of a courier in city seconds, and the speed in metres per second."""

    works: float
    rests: float
    speed: float


def shift(seed: int, courier: int, number: int) -> Shift:
    """Decide a shift; the first one begins at a random point, otherwise all would rest together."""
    source = chance(seed, "shift", courier, number)
    works = source.uniform(1.5, 4) * HOUR
    if number == 0:
        works *= source.random()
    return Shift(works, source.uniform(10, 35) * MINUTE, source.uniform(3.5, 6))


def restaurant(seed: int, number: int, distances: Sequence[float], reach: float) -> int | None:
    """Choose the restaurant of an order: near ones more often; None when all are out of reach."""
    weights = [1 / (300 + metres) if metres < reach else 0.0 for metres in distances]
    if not any(weights):
        return None
    return chance(seed, "restaurant", number).choices(range(len(distances)), weights)[0]
