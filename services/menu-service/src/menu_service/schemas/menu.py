"""Bodies of whole menus and of their changes."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from foodchassis import Id, Schema, Text
from foodchassis.kernel import LongText
from menu_service.schemas.details import ExternalId
from menu_service.schemas.fields import distinct
from menu_service.schemas.item import Dish, ItemPublic
from menu_service.schemas.restaurant import WeeklyShift

Weekly = Annotated[list[WeeklyShift], Field(max_length=50)]


class ItemWrite(Dish):
    """A dish of a whole menu; it is matched by id, otherwise by external id, otherwise by name."""

    id: Id | None = None
    """The dish to keep."""
    available: bool | None = Field(default=None, examples=[True])
    """False while it is sold out; if null or omitted, an existing dish stays unchanged, and a new one is true."""


Dishes = Annotated[list[ItemWrite], Field(max_length=2000)]


class SectionWrite(Schema):
    """A section of the menu, matched like dishes."""

    id: Id | None = None
    """The section to keep."""
    name: Text = Field(examples=["Breakfast"])
    """Its heading."""
    description: LongText = Field(default="", examples=["Until eleven"])
    """A description below the heading."""
    weekly: Weekly = Field(default_factory=list)
    """When its dishes are sold, in the restaurant's time; none means during all opening hours."""
    external_id: ExternalId | None = None
    """Its id in another system, such as a point of sale."""
    items: Dishes = Field(default_factory=list)
    """Its dishes, in order."""


class MenuWrite(Schema):
    """A whole menu, in order; omitted sections and dishes are removed."""

    sections: Annotated[list[SectionWrite], Field(max_length=50)] = Field(default_factory=list)
    """The sections."""
    items: Dishes = Field(default_factory=list)
    """Dishes without a section, shown before the sections."""

    @property
    def dishes(self) -> list[ItemWrite]:
        """All dishes, in order."""
        return [*self.items, *(item for section in self.sections for item in section.items)]

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for things, noun in ((self.dishes, "dishes"), (self.sections, "sections")):
            distinct((one.id for one in things if one.id), f"the ids of {noun}")
            distinct((one.external_id for one in things if one.external_id), f"the external ids of {noun}")
            named = (one.name.casefold() for one in things if not (one.id or one.external_id))
            distinct(named, f"the names of {noun} without an id or external_id")
        return self


class SectionPublic(Schema):
    """A section of the menu."""

    id: Id
    """The section, referred to by `section_id` of its dishes."""
    name: str = Field(examples=["Breakfast"])
    """Its heading."""
    description: str = Field(examples=["Until eleven"])
    """A description below the heading."""
    weekly: list[WeeklyShift]
    """When its dishes are sold, in the restaurant's time; none means during all opening hours."""
    external_id: str | None = Field(default=None, examples=["till-breakfast"])
    """Its id in another system."""


class MenuPublic(Schema):
    """All dishes of a restaurant, in order; amounts are in minor units of `currency`."""

    restaurant_id: Id
    """Whose menu it is."""
    name: str = Field(examples=["Night Owl Diner"])
    """The restaurant's name."""
    currency: str = Field(examples=["EUR"])
    """The currency of all amounts, a code of ISO 4217."""
    sections: list[SectionPublic]
    """The sections, in order."""
    items: list[ItemPublic]
    """The dishes, in order, with their sections."""


class MenuChange(Schema):
    """One change of a new menu."""

    kind: Literal["section", "dish"] = Field(examples=["dish"])
    """The kind of object."""
    id: Id | None
    """Its id; null for a new one in a dry run."""
    name: str = Field(examples=["Smash burger"])
    """Its new name, or its old one if it is removed."""
    external_id: str | None = Field(default=None, examples=["till-17"])
    """Its id in another system."""
    fields: list[str] = Field(default_factory=list, examples=[["price"]])
    """The changed fields."""


class MenuDiff(Schema):
    """The changes of a new menu; in a dry run nothing was stored."""

    dry_run: bool = Field(examples=[True])
    """Whether nothing was stored."""
    added: list[MenuChange]
    """New objects."""
    changed: list[MenuChange]
    """Changed objects."""
    removed: list[MenuChange]
    """Removed objects."""
    unchanged: int = Field(examples=[41])
    """The number of unchanged dishes."""
