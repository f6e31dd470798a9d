"""The chassis is independent of the business: it contains none of its terms."""

import re
from pathlib import Path

import pytest

import foodchassis

FILES = sorted(Path(foodchassis.__file__).parent.rglob("*.py"))
BUSINESS = (
    "food", "order", "restaurant", "courier", "driver", "rider", "menu", "kitchen", "meal", "dish", "basket", "refund",
)  # fmt: skip
# SQL, sequences, a library's attribute, and the name of the package itself.
TECHNICAL = re.compile(r"foodchassis|order[ _]by|(in|in the|'s?|opposite) order\b|driver_connection", re.IGNORECASE)
WORD = re.compile(rf"(?<![a-z])(?:{'|'.join(BUSINESS)})s?(?![a-z])", re.IGNORECASE)


def offences(text: str) -> list[str]:
    # `orderPlaced` and `OrderPlaced` are two words.
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", TECHNICAL.sub("", text))
    return WORD.findall(spaced)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(FILES[0].parent)))
def test_the_chassis_contains_no_business_terms(file: Path) -> None:
    found = {number: words for number, line in enumerate(file.read_text().splitlines(), 1) if (words := offences(line))}

    assert found == {}


@pytest.mark.parametrize(
    "text", ['EXCHANGE = "food.events"', "async def on_order_placed", "OrderPlaced", "its orders", "a driver's", "menu"]
)
def test_the_check_finds_business_terms(text: str) -> None:
    assert offences(text)


@pytest.mark.parametrize("text", ["ORDER BY id", "drivername=", "from foodchassis import", "a border", "multiple"])
def test_the_check_allows_technical_terms(text: str) -> None:
    assert offences(text) == []
