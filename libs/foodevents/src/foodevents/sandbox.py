"""The simulation of a test order in requests, events and responses."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from foodchassis import Schema


class OrderTestCreate(Schema):
    """The simulated kitchen and courier of a test order; null for real ones."""

    kitchen: Literal["auto", "silent"] | None = Field(default=None, examples=["auto"])
    """`auto` accepts and cooks; with `silent` the order waits for a manual response or its deadline."""
    courier: Literal["auto", "none"] | None = Field(default=None, examples=["auto"])
    """`auto` accepts and delivers the order; with `none` no driver is found."""
    pace: int = Field(default=1, ge=1, le=60, examples=[60])
    """The factor by which the simulation and all deadlines of the order are faster."""


class OrderTest(BaseModel):
    """The simulation of a test order; null for a real one."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)
    kitchen: str | None = Field(default=None, examples=["auto"])
    """The simulated kitchen, if any."""
    courier: str | None = Field(default=None, examples=["auto"])
    """The simulated courier, if any."""
    pace: int = Field(default=1, examples=[60])
    """The factor by which the simulation and all deadlines of the order are faster."""
