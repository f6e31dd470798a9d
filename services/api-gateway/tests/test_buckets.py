from api_gateway.buckets import LocalBuckets, Policy

SECOND = 1e6


def local() -> LocalBuckets:
    return LocalBuckets(Policy("identity", 2, 3), Policy("address", 10, 5))


def test_a_local_bucket_empties_and_fills_at_its_rate() -> None:
    buckets = local()

    taken = [buckets.take(("ann", "here"), 0) for _ in range(4)]
    assert [one.left for one in taken] == [2, 1, 0, 0]
    assert [one.allowed for one in taken] == [True, True, True, False]
    assert (taken[3].policy, taken[3].seconds) == ("identity", 1)
    assert not buckets.take(("ann", "here"), 0.4 * SECOND).allowed
    assert buckets.take(("ann", "here"), 0.5 * SECOND).allowed
    assert buckets.take(("ann", "here"), 100 * SECOND).left == 2


def test_a_refused_request_takes_nothing_from_the_other_bucket() -> None:
    buckets = local()
    for _ in range(9):
        buckets.take(("ann", "here"), 0)

    assert [buckets.take(("", "here"), 0).allowed for _ in range(3)] == [True, True, False]
