"""Places that events name."""

from pydantic import BaseModel, ConfigDict, Field


class Place(BaseModel):
    """A point with an address a person can find."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)
    line1: str = Field(examples=["Vrijdagmarkt 12"])
    """Street and house number."""
    city: str = Field(examples=["Ghent"])
    """The town."""
    postal_code: str = Field(examples=["9000"])
    """The postal code, as it is written there."""
    lat: float = Field(examples=[51.0568])
    """Degrees north."""
    lng: float = Field(examples=[3.7262])
    """Degrees east."""
    floor: str | None = None
    """The floor, or the flat."""
    door_code: str | None = None
    """What opens the front door."""
