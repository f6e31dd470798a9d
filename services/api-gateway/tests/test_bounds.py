import pytest

from api_gateway.bounds import Bound
from api_gateway.errors import AllInUseError, ShareInUseError


def test_each_holder_has_a_share_and_all_have_a_total() -> None:
    bound = Bound("streams", total=3, share=2)
    bound.take("ann")
    bound.take("ann")

    with pytest.raises(ShareInUseError, match="You have 2 streams in use"):
        bound.take("ann")
    bound.take("bob")
    with pytest.raises(AllInUseError, match="All 3 streams are in use"):
        bound.take("eve")


def test_released_slots_can_be_taken_again() -> None:
    bound = Bound("streams", total=1, share=1)
    for holder in ("ann", "bob", "", "ann"):
        bound.take(holder)
        bound.release(holder)

    assert bound.in_use == 0


def test_a_holder_without_a_name_has_no_limit_of_its_own() -> None:
    bound = Bound("streams", total=3, share=1)
    bound.take("")
    bound.take("")

    assert bound.in_use == 2
