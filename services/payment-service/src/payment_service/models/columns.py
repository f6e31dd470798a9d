"""What this service's tables share: their base, the names of constraints, and column types."""

from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import DateTime, Enum, MetaData
from sqlmodel import SQLModel

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)
TIME: Any = DateTime(timezone=True)


def stored(states: type[StrEnum], name: str) -> Any:
    """Return a column type that stores an enum by its values, checked by the database."""
    return Enum(
        states,
        native_enum=False,
        values_callable=lambda members: [member.value for member in members],
        length=32,
        create_constraint=True,
        name=name,
    )


class Row(SQLModel):
    """The base of this service's tables."""

    metadata: ClassVar[MetaData] = metadata
