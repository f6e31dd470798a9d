"""Choices are determined by the seed, and have plausible distributions."""

from collections import Counter
from itertools import islice, takewhile

import pytest

from foodlab.citylife.choices import arrivals, cooking, hunger, order, restaurant, ride, shift
from foodlab.citylife.clock import BEGIN, DAY, HOUR, MINUTE, shown


def test_a_day_has_the_planned_number_of_orders() -> None:
    a_day = [hunger(minute * MINUTE) for minute in range(1440)]

    assert sum(a_day) / len(a_day) == pytest.approx(1)


def test_the_rate_of_orders_is_high_at_meals_and_low_at_night() -> None:
    lunch, tea, dinner, night = (hunger(hour * HOUR) for hour in (12.5, 15, 19.25, 3))

    assert dinner > lunch > tea > night > 0
    assert hunger(3 * DAY + 12.5 * HOUR) == lunch


def test_orders_follow_the_rate() -> None:
    times = list(takewhile(lambda at: at < BEGIN + 10 * DAY, arrivals(1, BEGIN, 2)))
    by_hour = Counter(int(at % DAY // HOUR) for at in times)

    assert len(times) == pytest.approx(2 * 1440 * 10, rel=0.02)
    assert times == sorted(times)
    assert by_hour[19] > 2 * by_hour[15] > 2 * by_hour[3]


def test_choices_are_determined_by_the_seed() -> None:
    def decided(seed: int) -> list[object]:
        return [
            list(islice(arrivals(seed, 0, 1), 20)),
            [order(seed, number) for number in range(20)],
            [cooking(seed, number) for number in range(20)],
            [ride(seed, 3, number) for number in range(20)],
            [shift(seed, 3, number) for number in range(20)],
        ]

    assert decided(7) == decided(7)
    assert all(one != other for one, other in zip(decided(7), decided(8), strict=True))


def test_every_failure_occurs_but_most_orders_succeed() -> None:
    orders = [order(1, number) for number in range(3_000)]
    cards = Counter(one.card for one in orders)
    rides = [ride(1, number % 50, number) for number in range(3_000)]
    refused = sum(cooking(1, number).refuses is not None for number in range(3_000))
    doors = Counter(one.door for one in rides)

    assert cards["tok_ok"] > 2_500
    assert min(cards[token] for token in ("tok_declined", "tok_capture_fails", "tok_slow")) > 20
    assert 60 < sum(one.cancels_after is not None for one in orders) < 300
    assert 60 < refused < 300
    assert doors["open"] > 2_800
    assert doors["customer"] > doors["courier"] > 10
    for question in (one.declines for one in rides), (one.gets_lost for one in rides):
        assert 100 < sum(question) < 500
    assert 20 < sum(one.breaks_down for one in rides) < 200


def test_couriers_do_not_all_rest_at_the_same_time() -> None:
    ends = sorted(shift(1, courier, 0).works for courier in range(60))

    assert ends[0] < 0.2 * HOUR
    assert ends[-1] > 2 * HOUR
    assert all(shift(1, courier, 1).works >= 1.5 * HOUR for courier in range(60))


def test_restaurants_are_chosen_within_reach() -> None:
    chosen = Counter(restaurant(1, number, [100, 1_900, 2_500], 2_000) for number in range(500))

    assert chosen[0] > chosen[1] > 0
    assert chosen[2] == 0
    assert restaurant(1, 1, [2_500, 2_400], 2_000) is None


def test_a_time_of_day_is_shown_in_hours_and_minutes() -> None:
    assert shown(BEGIN) == "11:00"
    assert shown(DAY + 7 * HOUR + 5 * MINUTE + 59) == "07:05"
