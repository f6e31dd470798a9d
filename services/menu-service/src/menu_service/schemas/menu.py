"""What the API takes and gives for whole menus: sections and their dishes, and what a new menu changes."""

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
    """A dish of a whole menu; one that is there is found by its id, else by its external id, else by its name."""

    id: Id | None = None
    """The dish to keep."""
    available: bool | None = Field(default=None, examples=[True])
    """False while it is sold out; null or left out, a dish that is there stays as it is, and a new one is true."""


Dishes = Annotated[list[ItemWrite], Field(max_length=2000)]


class SectionWrite(Schema):
    """A part of the menu; one that is there is found as a dish is."""

    id: Id | None = None
    """The section to keep."""
    name: Text = Field(examples=["Breakfast"])
    """Its heading."""
    description: LongText = Field(default="", examples=["Until eleven"])
    """What stands below the heading."""
    weekly: Weekly = Field(default_factory=list)
    """When its dishes are sold, in the restaurant's time; none means whenever it is open."""
    external_id: ExternalId | None = None
    """Its id in another system, such as a till."""
    items: Dishes = Field(default_factory=list)
    """Its dishes, in the order in which they are shown."""


class MenuWrite(Schema):
    """A whole menu, in the order in which it is shown: what it leaves out is removed."""

    sections: Annotated[list[SectionWrite], Field(max_length=50)] = Field(default_factory=list)
    """The sections."""
    items: Dishes = Field(default_factory=list)
    """Dishes without a section, shown before the sections."""

    @property
    def dishes(self) -> list[ItemWrite]:
        """All dishes, in the order in which they are shown."""
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
    """A part of the menu as customers see it."""

    id: Id
    """The section; its dishes name it as `section_id`."""
    name: str = Field(examples=["Breakfast"])
    """Its heading."""
    description: str = Field(examples=["Until eleven"])
    """What stands below the heading."""
    weekly: list[WeeklyShift]
    """When its dishes are sold, in the restaurant's time; none means whenever it is open."""
    external_id: str | None = Field(default=None, examples=["till-breakfast"])
    """Its id in another system."""


class MenuPublic(Schema):
    """All dishes of a restaurant in the order in which they are shown; amounts are in minor units of `currency`."""

    restaurant_id: Id
    """Whose menu it is."""
    name: str = Field(examples=["Night Owl Diner"])
    """The restaurant's name."""
    currency: str = Field(examples=["EUR"])
    """The currency of all amounts, a code of ISO 4217."""
    sections: list[SectionPublic]
    """The sections, in the order in which they are shown."""
    items: list[ItemPublic]
    """The dishes, in the order in which they are shown; each names its section."""


class MenuChange(Schema):
    """One thing that a new menu changes."""

    kind: Literal["section", "dish"] = Field(examples=["dish"])
    """What it is."""
    id: Id | None
    """Which one; null for a new one of a dry run."""
    name: str = Field(examples=["Smash burger"])
    """Its name on the new menu, or on the old one when it is removed."""
    external_id: str | None = Field(default=None, examples=["till-17"])
    """Its id in another system."""
    fields: list[str] = Field(default_factory=list, examples=[["price"]])
    """What is changed about it."""


class MenuDiff(Schema):
    """What a new menu changes; of a dry run what it would change, for nothing was stored."""

    dry_run: bool = Field(examples=[True])
    """Whether nothing was stored."""
    added: list[MenuChange]
    """What is new."""
    changed: list[MenuChange]
    """What is there, and different."""
    removed: list[MenuChange]
    """What the new menu leaves out."""
    unchanged: int = Field(examples=[41])
    """How many dishes stay as they are."""
