"""What the last `foodctl verify` has found."""

from pydantic import Field

from foodchassis import Schema, Timestamp


class InvariantChecked(Schema):
    """One invariant of the whole system."""

    invariant: int = Field(examples=[4])
    """Its number."""
    title: str = Field(examples=["paid is what is owed; ledger and provider agree"])
    """What must be true."""
    checked: int = Field(examples=[1200])
    """How many things were looked at."""
    violations: int = Field(examples=[0])
    """How many violate it."""


class ViolationFound(Schema):
    """One thing that must not be."""

    invariant: int = Field(examples=[4])
    """The number of the invariant that it violates."""
    subject: str = Field(examples=["019e08da-8840-7000-8000-00000000c0de"])
    """What violates it, such as the id of an order."""
    says: str = Field(examples=["captured more than was authorized"])
    """In what way."""
    detail: str = Field(examples=["1200 > 1100"])
    """The numbers."""


class Verification(Schema):
    """What one run of `foodctl verify` has found."""

    at: Timestamp
    """When it ended."""
    ok: bool = Field(examples=[True])
    """Whether every invariant holds."""
    seconds: float = Field(examples=[1.5])
    """How long it took."""
    invariants: list[InvariantChecked]
    """What was checked."""
    violations: list[ViolationFound]
    """What violates the invariants: the first ten of each."""
    undecided: int = Field(examples=[0])
    """How many seemed wrong while their work was still under way: the next run decides."""
