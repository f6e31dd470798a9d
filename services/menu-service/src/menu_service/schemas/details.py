"""Details of dishes: tax category, allergens, images, and ids of other systems."""

from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from foodchassis import Schema, Text
from foodchassis.kernel import line
from menu_service.schemas.fields import distinct


class TaxCategory(StrEnum):
    """The tax category of a dish, which may have its own rate in the restaurant's `tax_rates`."""

    FOOD = "food"
    COLD_FOOD = "cold_food"
    SOFT_DRINK = "soft_drink"
    ALCOHOL = "alcohol"
    OTHER = "other"


class Allergen(StrEnum):
    """The allergens declared by the European Union."""

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
    """Return the URL of an image. Raises ValueError for one that is not https, or that has a user name."""
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
    """An image of a dish."""

    url: Annotated[str, StringConstraints(max_length=1000, pattern=r"^https://[!-~]+$"), AfterValidator(_address)] = (
        Field(examples=["https://img.example.com/smash-burger.jpg"])
    )
    """Its https URL."""
    alt: Text = Field(examples=["A burger with pickles in a paper wrap"])
    """A text alternative of the image."""


Images = Annotated[list[Image], Field(max_length=5)]
