"""What this service's tables share: their metadata, and two kinds of column."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Column, DateTime, Enum, MetaData
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


class Row(SQLModel):
    """The base of this service's tables."""

    metadata = metadata


def one_of(members: type[StrEnum], name: str, *, nullable: bool = False) -> Column[Any]:
    """Describe a column that holds the value of one of `members`."""
    kind = Enum(
        members,
        native_enum=False,
        length=32,
        create_constraint=True,
        name=name,
        values_callable=lambda all_of_them: [member.value for member in all_of_them],
    )
    return Column(name, kind, nullable=nullable)


def moment(name: str, *, nullable: bool = False) -> Column[Any]:
    """Describe a column that holds a point in time."""
    return Column(name, DateTime(timezone=True), nullable=nullable)
