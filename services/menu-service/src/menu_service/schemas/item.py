"""What the API takes and gives for dishes, their options and whole menus."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from foodchassis import Amount, Id, LongText, Schema, Text
from menu_service.schemas.fields import distinct, unset


class OptionWrite(Schema):
    """One choice; without an id it is a new one."""

    id: Id | None = None
    """The option to keep; without it this is a new one."""
    name: Text = Field(examples=["Large"])
    """What customers choose."""
    price: Amount = Field(examples=[300])
    available: bool = Field(default=True, examples=[True])
    """False while it is sold out."""


class OptionGroupWrite(Schema):
    """A question about a dish, answered with `min` to `max` of its options."""

    id: Id | None = None
    """The group to keep; without it this is a new one."""
    name: Text = Field(examples=["Size"])
    """The question, e.g. Size."""
    min: Annotated[int, Field(ge=0)] = Field(examples=[1])
    """How many options must be chosen."""
    max: Annotated[int, Field(ge=1)] = Field(examples=[1])
    """How many options may be chosen."""
    options: Annotated[list[OptionWrite], Field(min_length=1, max_length=50)]
    """The answers."""

    @model_validator(mode="after")
    def _answerable(self) -> Self:
        if not self.min <= self.max <= len(self.options):
            raise ValueError("min <= max <= number of options must hold")
        distinct((option.name.casefold() for option in self.options), "the names of options")
        return self


def _consistent(groups: list[OptionGroupWrite]) -> list[OptionGroupWrite]:
    distinct((group.name.casefold() for group in groups), "the names of option groups")
    ids = (*(group.id for group in groups), *(option.id for group in groups for option in group.options))
    distinct((known for known in ids if known), "the ids of groups and options")
    return groups


OptionGroups = Annotated[list[OptionGroupWrite], Field(max_length=20), AfterValidator(_consistent)]


class ItemCreate(Schema):
    """A dish to put on the menu."""

    name: Text = Field(examples=["Smash burger"])
    """The dish's name."""
    description: LongText = Field(default="", examples=["Two patties, pickles, onions"])
    """What it is, in a few sentences."""
    price: Amount = Field(examples=[1150])
    available: bool = True
    """False while it is sold out."""
    option_groups: OptionGroups = Field(default_factory=list)
    """The questions about the dish."""


class ItemUpdate(Schema):
    """What changes about a dish; `option_groups` replaces them all, and keeps those sent back with their ids."""

    name: Text = unset("Smash burger")
    """The dish's name."""
    description: LongText = unset("Two patties, pickles, onions")
    """What it is, in a few sentences."""
    price: Amount = unset(1150)
    available: bool = unset(True)
    """False while it is sold out."""
    option_groups: OptionGroups = unset()
    """The questions about the dish."""


class OptionPublic(Schema):
    """One choice as everybody sees it."""

    id: Id
    """The option."""
    name: str = Field(examples=["Large"])
    """What customers choose."""
    price: int = Field(examples=[300])
    """What it adds, in minor units."""
    available: bool = Field(examples=[True])
    """False while it is sold out."""


class OptionGroupPublic(Schema):
    """A question about a dish as everybody sees it."""

    id: Id
    """The group."""
    name: str = Field(examples=["Size"])
    """The question, e.g. Size."""
    min: int = Field(examples=[1])
    """How many options must be chosen."""
    max: int = Field(examples=[1])
    """How many options may be chosen."""
    options: list[OptionPublic]
    """The answers."""


class ItemPublic(Schema):
    """A dish as everybody sees it."""

    id: Id
    """The dish."""
    restaurant_id: Id
    """Whose menu it is on."""
    version: int = Field(examples=[1])
    """It grows with each change; name it in If-Match."""
    name: str = Field(examples=["Smash burger"])
    """The dish's name."""
    description: str = Field(examples=["Two patties, pickles, onions"])
    """What it is, in a few sentences."""
    price: int = Field(examples=[1150])
    """Minor units of the restaurant's currency."""
    available: bool = Field(examples=[True])
    """False while it is sold out, or while too few options are left for one of its questions."""
    option_groups: list[OptionGroupPublic]
    """The questions about the dish."""

    @model_validator(mode="after")
    def _answerable(self) -> Self:
        left = (sum(option.available for option in group.options) >= group.min for group in self.option_groups)
        self.available = self.available and all(left)
        return self


class MenuPublic(Schema):
    """All dishes of a restaurant, oldest first; amounts are in minor units of `currency`."""

    restaurant_id: Id
    """Whose menu it is."""
    name: str = Field(examples=["Night Owl Diner"])
    """The restaurant's name."""
    currency: str = Field(examples=["EUR"])
    """The currency of all amounts, a code of ISO 4217."""
    items: list[ItemPublic]
    """The dishes, oldest first."""
