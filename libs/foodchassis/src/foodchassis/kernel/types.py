"""Strict building blocks for request bodies and tables: ids, amounts, clean text, times."""

import re
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import uuid_utils as native
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from typing_extensions import override
from uuid_utils.compat import uuid7

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


class Schema(BaseModel):
    """The base of everything an API takes and returns: strict types; no unknown fields in what it takes."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        from_attributes=True,
        use_enum_values=False,
        use_attribute_docstrings=True,
    )

    @classmethod
    @override
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Promise no end of an answer's fields: clients must accept those that later versions add."""
        schema = handler(core_schema)
        if handler.mode == "serialization":
            handler.resolve_ref_schema(schema).pop("additionalProperties", None)
        return schema


def new_id() -> UUID:
    """Return a UUIDv7: unique everywhere, ordered by time."""
    return uuid7()


def new_id_text() -> str:
    """Return a UUIDv7 as text: what a request has at once, without an object for it."""
    return str(native.uuid7())


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def _clean(text: str) -> str:
    if CONTROL.search(text):
        msg = "must not contain control characters"
        raise ValueError(msg)
    return text


Id = Annotated[UUID, Field(strict=False)]
Timestamp = Annotated[AwareDatetime, Field(strict=False), AfterValidator(lambda moment: moment.astimezone(UTC))]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_clean)]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(_clean)]
Amount = Annotated[int, Field(ge=0, le=100_000_000, description="minor units of the currency, e.g. cents")]
Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$"), Field(description="a code of ISO 4217, e.g. EUR")]
Latitude = Annotated[float, Field(ge=-90, le=90, description="degrees north")]
Longitude = Annotated[float, Field(ge=-180, le=180, description="degrees east")]
