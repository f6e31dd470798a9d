"""What the API takes and gives for dishes and their options."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from foodchassis import Amount, Id, Schema, Text
from foodchassis.kernel import LongText, unset
from menu_service.schemas.details import Allergens, ExternalId, Image, Images, TaxCategory, TaxKind
from menu_service.schemas.fields import distinct, known_fields


class OptionWrite(Schema):
    """One choice; without an id it is a new one."""

    id: Id | None = None
    """The option to keep; without it this is a new one."""
    name: Text = Field(examples=["Large"])
    """What customers choose."""
    price: Amount = Field(examples=[300])
    available: bool | None = Field(default=None, examples=[True])
    """False while it is sold out; null or left out, an option that is there stays as it is, and a new one is true."""
    max_quantity: Annotated[int, Field(ge=1, le=20)] = Field(default=1, examples=[2])
    """How often it may be chosen for one dish; each time counts towards the group's `max`."""
    external_id: ExternalId | None = None
    """Its id in another system, such as a till."""


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
    external_id: ExternalId | None = None
    """Its id in another system, such as a till."""

    @model_validator(mode="after")
    def _answerable(self) -> Self:
        if not self.min <= self.max <= sum(option.max_quantity for option in self.options):
            raise ValueError("min <= max <= number of options, each by its max_quantity, must hold")
        distinct((option.name.casefold() for option in self.options), "the names of options")
        return self


def _consistent(groups: list[OptionGroupWrite]) -> list[OptionGroupWrite]:
    distinct((group.name.casefold() for group in groups), "the names of option groups")
    ids = (*(group.id for group in groups), *(option.id for group in groups for option in group.options))
    distinct((known for known in ids if known), "the ids of groups and options")
    return groups


Position = Annotated[int, Field(ge=0, le=1_000_000)]
OptionGroups = Annotated[list[OptionGroupWrite], Field(max_length=20), AfterValidator(_consistent)]


class Dish(Schema):
    """A dish as its restaurant writes it."""

    name: Text = Field(examples=["Smash burger"])
    """The dish's name."""
    description: LongText = Field(default="", examples=["Two patties, pickles, onions"])
    """What it is, in a few sentences."""
    price: Amount = Field(examples=[1150])
    option_groups: OptionGroups = Field(default_factory=list)
    """The questions about the dish."""
    tax_category: TaxKind = TaxCategory.FOOD
    """How it is taxed."""
    allergens: Allergens = Field(default_factory=list, examples=[["gluten", "milk"]])
    """The allergens in it."""
    images: Images = Field(default_factory=list)
    """Pictures of it, the best first."""
    external_id: ExternalId | None = None
    """Its id in another system, such as a till."""


class ItemCreate(Dish):
    """A dish to put on the menu, after the others."""

    available: bool = True
    """False while it is sold out."""
    section_id: Id | None = None
    """The section to show it in; none without it."""


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
    tax_category: TaxKind = unset("food")
    """How it is taxed."""
    allergens: Allergens = unset(["gluten", "milk"])
    """The allergens in it."""
    images: Images = unset()
    """Pictures of it, the best first."""
    external_id: ExternalId | None = unset("till-17")
    """Its id in another system, such as a till."""
    section_id: Id | None = unset()
    """The section to show it in; null for none."""
    position: Position = unset(3)
    """Its place on the menu; dishes of one place are in the order in which they were made."""


class OptionPublic(Schema):
    """One choice as customers see it."""

    id: Id
    """The option."""
    name: str = Field(examples=["Large"])
    """What customers choose."""
    price: int = Field(examples=[300])
    """What it adds, in minor units."""
    available: bool = Field(examples=[True])
    """False while it is sold out."""
    max_quantity: int = Field(default=1, examples=[2])
    """How often it may be chosen for one dish."""
    external_id: str | None = Field(default=None, examples=["till-17-l"])
    """Its id in another system."""


class OptionGroupPublic(Schema):
    """A question about a dish as customers see it."""

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
    external_id: str | None = Field(default=None, examples=["till-sizes"])
    """Its id in another system."""


class ItemPublic(Schema):
    """A dish as customers see it."""

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
    option_groups: list[Annotated[OptionGroupPublic, known_fields(OptionGroupPublic)]]
    """The questions about the dish."""
    tax_category: str = Field(examples=["food"])
    """How it is taxed."""
    allergens: list[str] = Field(examples=[["gluten", "milk"]])
    """The allergens in it."""
    images: list[Annotated[Image, known_fields(Image)]]
    """Pictures of it, the best first."""
    section_id: Id | None = None
    """The section that shows it."""
    position: int = Field(examples=[3])
    """Its place on the menu."""
    external_id: str | None = Field(default=None, examples=["till-17"])
    """Its id in another system."""

    @model_validator(mode="after")
    def _answerable(self) -> Self:
        self.available = self.available and all(map(_enough_left, self.option_groups))
        return self


def _enough_left(group: OptionGroupPublic) -> bool:
    return sum(option.available * option.max_quantity for option in group.options) >= group.min
