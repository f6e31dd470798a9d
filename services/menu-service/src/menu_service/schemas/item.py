"""Bodies of dishes and their options."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from foodchassis import Amount, Id, Schema, Text
from foodchassis.kernel import LongText, unset
from menu_service.schemas.details import Allergens, ExternalId, Image, Images, TaxCategory, TaxKind
from menu_service.schemas.fields import distinct, known_fields


class OptionWrite(Schema):
    """One option; without an id it is a new one."""

    id: Id | None = None
    """The option to keep; without it this is a new one."""
    name: Text = Field(examples=["Large"])
    """The name of the option."""
    price: Amount = Field(examples=[300])
    available: bool | None = Field(default=None, examples=[True])
    """False while it is sold out; if null or omitted, an existing option stays unchanged, and a new one is true."""
    max_quantity: Annotated[int, Field(ge=1, le=20)] = Field(default=1, examples=[2])
    """The maximum quantity per dish; each one counts towards the group's `max`."""
    external_id: ExternalId | None = None
    """Its id in another system, such as a point of sale."""


class OptionGroupWrite(Schema):
    """A group of options of a dish, of which `min` to `max` are chosen."""

    id: Id | None = None
    """The group to keep; without it this is a new one."""
    name: Text = Field(examples=["Size"])
    """The name, e.g. Size."""
    min: Annotated[int, Field(ge=0)] = Field(examples=[1])
    """The minimum number of chosen options."""
    max: Annotated[int, Field(ge=1)] = Field(examples=[1])
    """The maximum number of chosen options."""
    options: Annotated[list[OptionWrite], Field(min_length=1, max_length=50)]
    """The options."""
    external_id: ExternalId | None = None
    """Its id in another system, such as a point of sale."""

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
    """The fields of a dish that its restaurant sets."""

    name: Text = Field(examples=["Smash burger"])
    """The dish's name."""
    description: LongText = Field(default="", examples=["Two patties, pickles, onions"])
    """A description."""
    price: Amount = Field(examples=[1150])
    option_groups: OptionGroups = Field(default_factory=list)
    """The option groups."""
    tax_category: TaxKind = TaxCategory.FOOD
    """The tax category."""
    allergens: Allergens = Field(default_factory=list, examples=[["gluten", "milk"]])
    """The allergens in it."""
    images: Images = Field(default_factory=list)
    """Images, the best first."""
    external_id: ExternalId | None = None
    """Its id in another system, such as a point of sale."""


class ItemCreate(Dish):
    """A dish to add at the end of the menu."""

    available: bool = True
    """False while it is sold out."""
    section_id: Id | None = None
    """Its section; none if omitted."""


class ItemUpdate(Schema):
    """A change of a dish; `option_groups` replaces all groups, and those with their ids are kept."""

    name: Text = unset("Smash burger")
    """The dish's name."""
    description: LongText = unset("Two patties, pickles, onions")
    """A description."""
    price: Amount = unset(1150)
    available: bool = unset(True)
    """False while it is sold out."""
    option_groups: OptionGroups = unset()
    """The option groups."""
    tax_category: TaxKind = unset("food")
    """The tax category."""
    allergens: Allergens = unset(["gluten", "milk"])
    """The allergens in it."""
    images: Images = unset()
    """Images, the best first."""
    external_id: ExternalId | None = unset("till-17")
    """Its id in another system, such as a point of sale."""
    section_id: Id | None = unset()
    """Its section; null for none."""
    position: Position = unset(3)
    """Its position on the menu; dishes with the same position are in order of creation."""


class OptionPublic(Schema):
    """One option."""

    id: Id
    """The option."""
    name: str = Field(examples=["Large"])
    """The name of the option."""
    price: int = Field(examples=[300])
    """Its additional price in minor units."""
    available: bool = Field(examples=[True])
    """False while it is sold out."""
    max_quantity: int = Field(default=1, examples=[2])
    """The maximum quantity per dish."""
    external_id: str | None = Field(default=None, examples=["till-17-l"])
    """Its id in another system."""


class OptionGroupPublic(Schema):
    """A group of options of a dish."""

    id: Id
    """The group."""
    name: str = Field(examples=["Size"])
    """The name, e.g. Size."""
    min: int = Field(examples=[1])
    """The minimum number of chosen options."""
    max: int = Field(examples=[1])
    """The maximum number of chosen options."""
    options: list[OptionPublic]
    """The options."""
    external_id: str | None = Field(default=None, examples=["till-sizes"])
    """Its id in another system."""


class ItemPublic(Schema):
    """A dish."""

    id: Id
    """The dish."""
    restaurant_id: Id
    """Its restaurant."""
    version: int = Field(examples=[1])
    """It increases with each change; use it in If-Match."""
    name: str = Field(examples=["Smash burger"])
    """The dish's name."""
    description: str = Field(examples=["Two patties, pickles, onions"])
    """A description."""
    price: int = Field(examples=[1150])
    """Minor units of the restaurant's currency."""
    available: bool = Field(examples=[True])
    """False while it is sold out, or while too few options of a group are available."""
    option_groups: list[Annotated[OptionGroupPublic, known_fields(OptionGroupPublic)]]
    """The option groups."""
    tax_category: str = Field(examples=["food"])
    """The tax category."""
    allergens: list[str] = Field(examples=[["gluten", "milk"]])
    """The allergens in it."""
    images: list[Annotated[Image, known_fields(Image)]]
    """Images, the best first."""
    section_id: Id | None = None
    """Its section."""
    position: int = Field(examples=[3])
    """Its position on the menu."""
    external_id: str | None = Field(default=None, examples=["till-17"])
    """Its id in another system."""

    @model_validator(mode="after")
    def _answerable(self) -> Self:
        self.available = self.available and all(map(_enough_left, self.option_groups))
        return self


def _enough_left(group: OptionGroupPublic) -> bool:
    return sum(option.available * option.max_quantity for option in group.options) >= group.min
