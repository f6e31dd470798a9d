"""What the API takes and gives."""

from foodchassis import Id, LongText, Schema


class SampleCreate(Schema):
    """What the customer says."""

    order_id: Id
    text: LongText


class SamplePublic(Schema):
    """What everybody reads."""

    id: Id
    order_id: Id
    text: str
