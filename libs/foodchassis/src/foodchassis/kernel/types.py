"""Strict building blocks for request bodies and tables: ids, amounts, clean text, times."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import uuid_utils as native
from annotated_types import GroupedMetadata
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from typing_extensions import override
from uuid_utils.compat import uuid7

from foodchassis.kernel.currencies import LARGEST_AMOUNT

# Joiners and marks of direction that some languages need; other invisible characters are refused.
NEEDED = frozenset("\u200c\u200d\u200e\u200f")
# Letters and symbols by their category, and yet nothing is seen of them.
BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc\U0001d159")
# Noncharacters, and unassigned code points that are invisible.
RESERVED = re.compile(
    "[\u2065\ufdd0-\ufdef\ufff0-\ufff8\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
# The flags of England, Scotland and Wales: a black flag, followed by tag letters that name it.
FLAG = re.compile(
    "\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|"
    "\U000e0077\U000e006c\U000e0073)\U000e007f"
)
SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
LINE_ENDS = re.compile(r"\r\n|[\r\u0085\u2028\u2029]")
# The same for the OpenAPI document: a character class of regular expressions, valid in JSON Schema and Python.
BLANKS = r" \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
HIDDEN = (
    r"\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b\u202a-\u202e\u2060-\u206f"
    r"\ufdd0-\ufdef\ufeff\ufff0-\ufffb\ufffe\uffff"
)
NOT_IN_LINE = rf"\u0000-\u001f\u007f-\u009f\u2028\u2029{HIDDEN}"
NOT_IN_LINES = rf"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f{HIDDEN}"
UNSEEN = rf"{BLANKS}\u115f\u1160\u200c-\u200f\u2800\u3164\uffa0\ufffc"
LINE_PATTERN = f"^[^{NOT_IN_LINE}]*$"
TEXT_PATTERN = f"^[{UNSEEN}]*[^{UNSEEN}{NOT_IN_LINE}][^{NOT_IN_LINE}]*$"
LINES_PATTERN = f"^[^{NOT_IN_LINES}]*$"
SOME_LINES_PATTERN = rf"^[\t-\r{BLANKS}]*[^\t-\r\u0085\u2028\u2029{BLANKS}{NOT_IN_LINES}][^{NOT_IN_LINES}]*$"
# RFC 3339: the format date-time of JSON Schema.
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class Schema(BaseModel):
    """The base of all request and response bodies: strict types, and no unknown fields in requests."""

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
        """Allow additional fields in responses: clients must accept fields that later versions add."""
        schema = handler(core_schema)
        if handler.mode == "serialization":
            handler.resolve_ref_schema(schema).pop("additionalProperties", None)
        return schema


@dataclass(frozen=True)
class Clean(GroupedMetadata):
    """Text of a bounded length, normalised by a function; `pattern` documents what the function refuses."""

    least: int
    most: int
    clean: Callable[[str], str]
    pattern: str

    @override
    def __iter__(self) -> Iterator[object]:
        """Check the length before normalisation, as documented: leading and trailing spaces count."""
        yield StringConstraints(min_length=self.least, max_length=self.most)
        yield AfterValidator(self.clean)
        yield Documented(self.pattern)


@dataclass(frozen=True)
class Documented:
    """The documented pattern of the texts that a validator accepts."""

    pattern: str

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Add the pattern."""
        return {**handler(core_schema), "pattern": self.pattern}


def line(most: int) -> Clean:
    """Return the annotations of one line of at most `most` characters, of which at least one is visible."""
    return Clean(1, most, _visible, TEXT_PATTERN)


def lines(most: int, *, may_be_empty: bool = False) -> Clean:
    """Return the annotations of lines of at most `most` characters in total."""
    return Clean(0, most, _lines, LINES_PATTERN) if may_be_empty else Clean(1, most, _some_lines, SOME_LINES_PATTERN)


def unset(*examples: Any) -> Any:
    """Mark a field that a change may omit; null is refused."""

    def documented(schema: dict[str, Any]) -> None:
        schema.pop("default")
        if examples:
            schema["examples"] = list(examples)

    return Field(default=None, json_schema_extra=documented)


def new_id() -> UUID:
    """Return a UUIDv7: unique everywhere, ordered by time."""
    return uuid7()


def first_id(moment: datetime) -> UUID:
    """Return the smallest id that `new_id` can return at `moment` or later."""
    milliseconds = max(0, int(moment.timestamp() * 1000))
    return UUID(int=min(milliseconds, 2**48 - 1) << 80)


def new_id_text() -> str:
    """Return a UUIDv7 as text, without the cost of a UUID object."""
    return str(native.uuid7())


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def _line(text: str) -> str:
    """Return one line in NFC. Raises ValueError for control characters, line ends and invisible characters."""
    return _clean(text.strip(SPACES))


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    checked = FLAG.sub("", text)
    hidden = (unicodedata.category(one) in {"Cc", "Cf", "Zl", "Zp"} and one not in NEEDED for one in checked)
    if any(hidden) or RESERVED.search(checked):
        raise ValueError("must be one line without control or invisible characters")
    return text


def _visible(text: str) -> str:
    """Return a line. Raises ValueError when all of it is invisible."""
    text = _line(text)
    # A character that this Python does not know may be a new emoji.
    if not any(unicodedata.category(one)[0] not in "MZ" and one not in BLANK | NEEDED for one in text):
        raise ValueError("must contain a visible character")
    return text


def _lines(text: str) -> str:
    """Return text in NFC whose lines end with LF. Raises ValueError as `_line`."""
    ended = LINE_ENDS.sub("\n", text.strip(SPACES))
    return "\n".join(_clean(one.replace("\t", " ")) for one in ended.split("\n"))


def _some_lines(text: str) -> str:
    """Return lines. Raises ValueError when they are empty."""
    text = _lines(text)
    if not text:
        raise ValueError("must contain more than spaces")
    return text


def _moment(value: object) -> object:
    """Return a datetime or its RFC 3339 text. Raises ValueError for numbers and other formats."""
    if not isinstance(value, datetime) and not (isinstance(value, str) and MOMENT.fullmatch(value)):
        raise ValueError("must be an RFC 3339 date-time, e.g. 2026-05-08T18:30:00Z")
    return value


def _in_utc(moment: datetime) -> datetime:
    """Return a datetime in UTC. Raises ValueError when UTC cannot express it."""
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("must be between the years 1 and 9999 in UTC") from error


Id = Annotated[UUID, Field(strict=False)]
Timestamp = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_moment), AfterValidator(_in_utc)]
Text = Annotated[str, line(200)]
LongText = Annotated[str, lines(2000, may_be_empty=True)]
Amount = Annotated[
    int,
    Field(
        ge=0,
        le=LARGEST_AMOUNT,
        description="minor units of the currency, e.g. cents; the maximum depends on the currency",
    ),
]
PartsPerMillion = Annotated[int, Field(ge=0, le=1_000_000, description="parts per million: 88750 is 8.875 %")]
# Some countries have no postal codes.
PostalCode = Annotated[str, Clean(0, 200, _line, LINE_PATTERN)]
Currency = Annotated[
    str, StringConstraints(pattern="^[A-Z]{3}$"), Field(description="a code of ISO 4217", examples=["EUR"])
]
Latitude = Annotated[float, Field(ge=-90, le=90, description="degrees north", examples=[51.053])]
Longitude = Annotated[float, Field(ge=-180, le=180, description="degrees east", examples=[3.73])]
