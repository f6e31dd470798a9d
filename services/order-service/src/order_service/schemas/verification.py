"""The last result of `foodctl verify`."""

from pydantic import Field

from foodchassis import Schema, Timestamp


class InvariantChecked(Schema):
    """One invariant of the whole system."""

    invariant: int = Field(examples=[4])
    """The number of the invariant."""
    title: str = Field(examples=["paid is what is owed; ledger and provider agree"])
    """The condition that must hold."""
    checked: int = Field(examples=[1200])
    """The number of checked objects."""
    violations: int = Field(examples=[0])
    """The number of violations."""


class ViolationFound(Schema):
    """A violation of an invariant."""

    invariant: int = Field(examples=[4])
    """The number of the violated invariant."""
    subject: str = Field(examples=["019e08da-8840-7000-8000-00000000c0de"])
    """The object that violates it, such as the id of an order."""
    says: str = Field(examples=["captured more than was authorized"])
    """The kind of violation."""
    detail: str = Field(examples=["1200 > 1100"])
    """The differing values."""


class Verification(Schema):
    """The result of one run of `foodctl verify`."""

    at: Timestamp
    """The end of the run."""
    ok: bool = Field(examples=[True])
    """Whether every invariant holds."""
    seconds: float = Field(examples=[1.5])
    """The duration of the run."""
    invariants: list[InvariantChecked]
    """The checked invariants."""
    violations: list[ViolationFound]
    """The first ten violations of each invariant."""
    undecided: int = Field(examples=[0])
    """The number of possible violations whose work was unfinished; the next run decides."""
