"""What the API takes and gives."""

from pydantic import Field

from foodchassis import Id, Schema
from foodchassis.kernel import LongText


class SampleCreate(Schema):
    """What the customer says."""

    order_id: Id
    """The order it is about."""
    text: LongText = Field(examples=["Still hot when it came."])
    """What the customer says, in a few sentences."""


class SamplePublic(Schema):
    """What everybody reads."""

    id: Id
    """The sample."""
    order_id: Id
    """The order it is about."""
    text: str = Field(examples=["Still hot when it came."])
    """What the customer says."""
