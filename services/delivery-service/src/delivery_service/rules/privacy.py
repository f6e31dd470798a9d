"""What is left of a person who asked to be forgotten."""

from typing import Any

ERASED = "erased"
# A tenth of a degree is a town, not a door.
DECIMALS = 1


def erased_place(place: dict[str, Any] | None) -> dict[str, Any] | None:
    """Keep of a place only the region; harmless when repeated."""
    if place is None:
        return None
    region = {axis: round(place[axis], DECIMALS) for axis in ("lat", "lng")}
    return {"line1": ERASED, "city": ERASED, "postal_code": ERASED, **region}
