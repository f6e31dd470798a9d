"""The base of this service's tables."""

from typing import ClassVar

from sqlalchemy import MetaData
from sqlmodel import SQLModel

from foodchassis.storage import named_metadata

metadata = named_metadata()


class Row(SQLModel):
    """The base of this service's tables."""

    metadata: ClassVar[MetaData] = metadata
