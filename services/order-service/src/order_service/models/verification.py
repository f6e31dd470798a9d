"""The table of the last result of `foodctl verify`."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from foodchassis.storage import TIMESTAMP
from order_service.models.columns import Row


class LastVerification(Row, table=True):
    """The last result, in the only row."""

    __tablename__ = "last_verification"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: int = Field(primary_key=True)
    at: datetime = Field(sa_type=TIMESTAMP)
    found: dict[str, Any] = Field(sa_type=JSONB)
