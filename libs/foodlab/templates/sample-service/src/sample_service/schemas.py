"""The bodies of requests and responses."""

from pydantic import Field

from foodchassis import Id, Schema
from foodchassis.kernel import LongText


class SampleCreate(Schema):
    """A sample to write."""

    order_id: Id
    """Its order."""
    text: LongText = Field(examples=["Still hot when it came."])
    """The customer's text."""


class SamplePublic(Schema):
    """A published sample."""

    id: Id
    """The sample."""
    order_id: Id
    """Its order."""
    text: str = Field(examples=["Still hot when it came."])
    """The text of the customer."""
