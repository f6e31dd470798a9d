"""Places that events name."""

from pydantic import BaseModel, ConfigDict


class Place(BaseModel):
    """A point with an address a person can find."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)
    line1: str
    """Street and house number."""
    city: str
    """The town."""
    postal_code: str
    """The postal code, as it is written there."""
    lat: float
    """Degrees north."""
    lng: float
    """Degrees east."""
