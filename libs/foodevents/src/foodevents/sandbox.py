"""How an order is played that is only a test, as requests name it, and as events and answers repeat it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from foodchassis import Schema


class OrderTestCreate(Schema):
    """Who plays the kitchen and the courier of a test order; null for the real ones."""

    kitchen: Literal["auto", "silent"] | None = Field(default=None, examples=["auto"])
    """`auto` accepts and cooks; with `silent` only an answer by hand comes, or the deadline passes."""
    courier: Literal["auto", "none"] | None = Field(default=None, examples=["auto"])
    """`auto` takes the order and rides to the door; with `none` no driver is found."""
    pace: int = Field(default=1, ge=1, le=60, examples=[60])
    """How many times sooner the players act, and all deadlines of the order pass."""


class OrderTest(BaseModel):
    """How a test order is played; null for a real one."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)
    kitchen: str | None = Field(default=None, examples=["auto"])
    """Who plays the kitchen, if not the real one."""
    courier: str | None = Field(default=None, examples=["auto"])
    """Who plays the courier, if not a real one."""
    pace: int = Field(default=1, examples=[60])
    """How many times sooner the players act, and all deadlines of the order pass."""
