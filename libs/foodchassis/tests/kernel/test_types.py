"""Text types: one visible line, or lines that end with LF, normalised."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from foodchassis import Text, first_id, new_id
from foodchassis.kernel import LongText, PostalCode

LINE: TypeAdapter[str] = TypeAdapter(Text)
LINES: TypeAdapter[str] = TypeAdapter(LongText)
CODE: TypeAdapter[str] = TypeAdapter(PostalCode)
# The letters of the flags of England, Scotland and Wales, as tags.
NATIONS = ["".join(chr(0xE0000 + ord(letter)) for letter in nation) for nation in ("eng", "sct", "wls")]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "\u200b",
            "\u2060",
            "\u3164",
            "\u2800",
            "\u115f",
            "\uffa0",
            "\ufeff",
            "\u00ad",
            "\u034f",
            "\u200d",
            " \u3000 ",
        ),
        *("a\u200bb", "a\u2060b", "Caf\u00ade", "a\ufeffb", "a\U000e0041b"),
        *("\ufffc", "\U0001d159", "a\u2065b", "a\ufff0b", "a\ufffeb", "a\ufdd0b", "a\U0001ffffb", "a\U000e0fffb"),
        *("\U0001f3f4\U000e0067\U000e0062\U000e007f", "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067"),
        *("a\nb", "a\r\nb", "a\tb", "a\u2028b", "a\u2029b", "a\u0085b", "a\u0007b", "a\u0090b", "a\u202eb", "a\x00b"),
    ],
)
def test_a_name_is_one_visible_line(name: str) -> None:
    with pytest.raises(ValidationError):
        LINE.validate_python(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Smørrebrød",
            "Łódzka",
            "L\u2019Étoile",
            "寿司",
            "مطعم\u200fa",
            "क्\u200dष",
            "👩\u200d🍳",
            "Nº 1 & Café",
            "3,50 €",
        ),
        *("\u3164김밥", "7", "\U0001fae9"),
        *(f"\U0001f3f4\U000e0067\U000e0062{nation}\U000e007f pub" for nation in NATIONS),
    ],
)
def test_names_in_many_scripts_are_accepted(name: str) -> None:
    assert LINE.validate_python(f"  {name} ") == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("adapter", [LINE, LINES, CODE])
def test_the_documented_pattern_matches_the_validator(adapter: TypeAdapter[str]) -> None:
    """Compare each character alone and between others; except marks and line ends at the ends."""
    pattern = re.compile(adapter.json_schema()["pattern"])
    differs = [
        text
        for character in map(chr, (*range(0xD800), *range(0xE000, 0x10000)))
        if unicodedata.category(character)[0] != "M"
        for text in (f"a{character}b", *([] if character.isspace() else [character]))
        if _takes(adapter, text) != bool(pattern.search(text))
    ]
    assert differs == []


def _takes(adapter: TypeAdapter[str], text: str) -> bool:
    try:
        adapter.validate_python(text)
    except ValidationError:
        return False
    return True


def test_names_are_normalised() -> None:
    assert LINE.validate_python("Cafe\u0301") == LINE.validate_python("Caf\u00e9") == "Caf\u00e9"


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n", "\u2028", "\u2029", "\u0085"])
def test_lines_end_with_lf(end: str) -> None:
    assert LINES.validate_python(f"Spicy.{end}{end}Hot.\t!") == "Spicy.\n\nHot. !"


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\u0090b", "a\u200bb", "a\u202eb", "a\u2066b"])
def test_a_text_with_invisible_characters_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        LINES.validate_python(text)


@pytest.mark.parametrize("code", ["", "9000", "SW1A 1AA", "〒100-0001", "D02 AF30"])
def test_postal_codes_of_many_countries_are_accepted(code: str) -> None:
    assert CODE.validate_python(code) == code


@pytest.mark.parametrize("code", ["90\n00", "9" * 201, 9000])
def test_a_postal_code_is_one_line(code: Any) -> None:
    with pytest.raises(ValidationError):
        CODE.validate_python(code)


def test_ids_are_ordered_by_the_moment_they_were_made() -> None:
    before, made, after = (
        datetime.now(UTC) - timedelta(milliseconds=1),
        new_id(),
        datetime.now(UTC) + timedelta(seconds=1),
    )

    assert first_id(before) <= made < first_id(after)
    assert first_id(datetime(1960, 1, 1, tzinfo=UTC)).int == 0
