"""Tables."""

from uuid import UUID

from sqlmodel import Field, SQLModel

from foodchassis import new_id
from foodchassis.storage import named_metadata

metadata = named_metadata()


class Sample(SQLModel, table=True):
    """The sample of one order, empty until its customer writes it."""

    metadata = metadata
    __tablename__ = "samples"
    id: UUID = Field(default_factory=new_id, primary_key=True)
    order_id: UUID = Field(unique=True)
    customer_id: UUID
    text: str | None = None
