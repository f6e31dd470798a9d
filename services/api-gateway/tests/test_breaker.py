from api_gateway.breaker import Breaker


def opened(at: float = 0.0) -> Breaker:
    breaker = Breaker(threshold=3, open_seconds=10)
    for _ in range(3):
        breaker.failed(at)
    return breaker


def test_failures_in_a_row_open_it_and_only_the_last_says_so() -> None:
    breaker = Breaker(threshold=3, open_seconds=10)

    assert [breaker.failed(0) for _ in range(4)] == [False, False, True, False]
    assert breaker.is_open
    assert breaker.wait(4) == 6


def test_an_answer_between_failures_starts_the_count_anew() -> None:
    breaker = Breaker(threshold=2, open_seconds=10)

    for _ in range(5):
        breaker.failed(0)
        assert not breaker.succeeded()

    assert breaker.wait(0) == 0


def test_after_its_rest_one_trial_goes_at_a_time() -> None:
    breaker = opened()

    assert [breaker.wait(10), breaker.wait(10), breaker.wait(11)] == [0, 10, 9]


def test_a_good_trial_closes_it() -> None:
    breaker = opened()
    breaker.wait(10)

    assert breaker.succeeded()
    assert [breaker.wait(10), breaker.wait(10)] == [0, 0]


def test_a_bad_trial_opens_it_again() -> None:
    breaker = opened()
    breaker.wait(10)
    breaker.failed(12)

    assert breaker.wait(12) == 10


def test_a_lost_trial_is_replaced() -> None:
    breaker = opened()
    breaker.wait(10)

    assert breaker.wait(20) == 0
