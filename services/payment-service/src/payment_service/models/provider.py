"""The log of the simulated provider."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field

from foodchassis import new_id, now
from foodchassis.storage import TIMESTAMP, stored
from payment_service.models.columns import Row
from payment_service.models.states import Operation


class ProviderEntry(Row, table=True):
    """An operation of the simulated provider by key; it models an external system, so no table refers to it."""

    __tablename__ = "provider_log"
    key: str = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id)
    operation: Operation = Field(sa_type=stored(Operation, "operation", length=32))
    hold: str = Field(index=True)
    method: str
    amount: int = Field(sa_type=BigInteger)
    currency: str
    refusal: str | None = None
    at: datetime = Field(default_factory=now, sa_type=TIMESTAMP)
