"""Tables."""

from uuid import UUID

from sqlmodel import Field, MetaData, SQLModel

from foodchassis import new_id

metadata = MetaData()


class Sample(SQLModel, table=True):
    """What the customer says about one order, empty until they do."""

    metadata = metadata
    __tablename__ = "samples"
    id: UUID = Field(default_factory=new_id, primary_key=True)
    order_id: UUID = Field(unique=True)
    customer_id: UUID
    text: str | None = None
