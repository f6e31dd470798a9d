"""What dishes have besides a price: how they are taxed, what is in them, how they look, and ids of other systems."""

from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from foodchassis import Schema, Text
from foodchassis.kernel import line
from menu_service.schemas.fields import distinct


class TaxCategory(StrEnum):
    """How a dish is taxed: each category may have a rate of its own among the restaurant's `tax_rates`."""

    FOOD = "food"
    COLD_FOOD = "cold_food"
    SOFT_DRINK = "soft_drink"
    ALCOHOL = "alcohol"
    OTHER = "other"


class Allergen(StrEnum):
    """The allergens that the European Union has declared."""

    CELERY = "celery"
    CRUSTACEANS = "crustaceans"
    EGGS = "eggs"
    FISH = "fish"
    GLUTEN = "gluten"
    LUPIN = "lupin"
    MILK = "milk"
    MOLLUSCS = "molluscs"
    MUSTARD = "mustard"
    NUTS = "nuts"
    PEANUTS = "peanuts"
    SESAME = "sesame"
    SOYA = "soya"
    SULPHITES = "sulphites"


def _address(url: str) -> str:
    """Return the address of a picture. Raises ValueError for one that is not of the web, or that names a user."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme == "https" and parts.hostname and parts.username is None and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("must be an https URL with a host, e.g. https://img.example.com/burger.jpg")
    return url


def _each_once(allergens: list[Allergen]) -> list[Allergen]:
    distinct(allergens, "allergens")
    return sorted(allergens)


ExternalId = Annotated[str, line(100), Field(examples=["till-17"])]
TaxKind = Annotated[TaxCategory, Field(strict=False, examples=["food"])]
Allergens = Annotated[
    list[Annotated[Allergen, Field(strict=False)]], Field(max_length=len(Allergen)), AfterValidator(_each_once)
]


class Image(Schema):
    """A picture of a dish."""

    url: Annotated[str, StringConstraints(max_length=1000, pattern=r"^https://[!-~]+$"), AfterValidator(_address)] = (
        Field(examples=["https://img.example.com/smash-burger.jpg"])
    )
    """Where it is, an https URL."""
    alt: Text = Field(examples=["A burger with pickles in a paper wrap"])
    """What it shows, for those who cannot see it."""


Images = Annotated[list[Image], Field(max_length=5)]
