"""The data that remains after the erasure of a user."""

from typing import Any

ERASED = "erased"
# A tenth of a degree identifies a town, not an address.
DECIMALS = 1


def erased_place(place: dict[str, Any] | None) -> dict[str, Any] | None:
    """Reduce a place to its region; idempotent."""
    if place is None:
        return None
    region = {axis: round(place[axis], DECIMALS) for axis in ("lat", "lng")}
    return {"line1": ERASED, "city": ERASED, "postal_code": ERASED, **region}
