"""Places that events name."""

from pydantic import BaseModel, ConfigDict


class Place(BaseModel):
    """A point with an address a person can find."""

    model_config = ConfigDict(frozen=True)
    line1: str
    city: str
    postal_code: str
    lat: float
    lng: float
