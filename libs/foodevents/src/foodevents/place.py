"""Places in requests, events and responses."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from foodchassis import Schema, Text
from foodchassis.kernel import Latitude, Longitude, PostalCode, line

Detail = Annotated[str, line(40)]


class PlaceCreate(Schema):
    """A point with an address."""

    line1: Text = Field(examples=["Vrijdagmarkt 12"])
    """Street and house number."""
    city: Text = Field(examples=["Ghent"])
    """The town."""
    postal_code: PostalCode = Field(default="", examples=["9000"])
    """The postal code in its local format; empty in countries without one."""
    lat: Latitude
    lng: Longitude


class Address(PlaceCreate):
    """A place with the details of a delivery address."""

    floor: Detail | None = Field(default=None, examples=["3rd"])
    """The floor or the flat."""
    door_code: Detail | None = Field(default=None, examples=["4711B"])
    """The code of the front door."""


class PlacePublic(BaseModel):
    """A stored point with an address; values that an earlier release accepted must stay readable."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)
    line1: str = Field(examples=["Vrijdagmarkt 12"])
    """Street and house number."""
    city: str = Field(examples=["Ghent"])
    """The town."""
    postal_code: str = Field(examples=["9000"])
    """The postal code in its local format."""
    lat: float = Field(examples=[51.0568])
    """Degrees north."""
    lng: float = Field(examples=[3.7262])
    """Degrees east."""


class Place(PlacePublic):
    """A point with an address."""

    floor: str | None = None
    """The floor or the flat."""
    door_code: str | None = None
    """The code of the front door."""
