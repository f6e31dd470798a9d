"""What the API takes and gives for dishes, their options and whole menus."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from foodchassis import Amount, Id, LongText, Schema, Text
from menu_service.schemas.fields import distinct, unset


class OptionWrite(Schema):
    """One choice; without an id it is a new one."""

    id: Id | None = None
    name: Text
    price: Amount
    available: bool = True


class OptionGroupWrite(Schema):
    """A question about a dish, answered with `min` to `max` of its options."""

    id: Id | None = None
    name: Text
    min: Annotated[int, Field(ge=0)]
    max: Annotated[int, Field(ge=1)]
    options: Annotated[list[OptionWrite], Field(min_length=1, max_length=50)]

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

    name: Text
    description: LongText = ""
    price: Amount
    available: bool = True
    option_groups: OptionGroups = Field(default_factory=list)


class ItemUpdate(Schema):
    """What changes about a dish; `option_groups` replaces them all, and keeps those sent back with their ids."""

    name: Text = unset()
    description: LongText = unset()
    price: Amount = unset()
    available: bool = unset()
    option_groups: OptionGroups = unset()


class OptionPublic(Schema):
    """One choice as everybody sees it."""

    id: Id
    name: str
    price: int
    available: bool


class OptionGroupPublic(Schema):
    """A question about a dish as everybody sees it."""

    id: Id
    name: str
    min: int
    max: int
    options: list[OptionPublic]


class ItemPublic(Schema):
    """A dish as everybody sees it."""

    id: Id
    restaurant_id: Id
    version: int
    name: str
    description: str
    price: int
    available: bool
    option_groups: list[OptionGroupPublic]


class MenuPublic(Schema):
    """All dishes of a restaurant, oldest first; amounts are in minor units of `currency`."""

    restaurant_id: Id
    name: str
    currency: str
    items: list[ItemPublic]
