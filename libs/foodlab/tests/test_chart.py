"""Charts are valid SVG with any text, and bars proportional to their figures."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from foodlab.bench.measurement import Goal, Row, Series, chart
from foodlab.chart import bars
from foodlab.simulation import campaign
from foodlab.svg import Picture

SVG = "{http://www.w3.org/2000/svg}"


def widths(drawn: ET.Element) -> list[float]:
    """Return the widths of the bars, which are the only elements with notes."""
    return [float(one.attrib["width"]) for one in drawn.iter(f"{SVG}rect") if one.find(f"{SVG}title") is not None]


def texts(drawn: ET.Element) -> set[str | None]:
    return {one.text for one in drawn.iter(f"{SVG}text")}


def test_a_picture_escapes_text() -> None:
    picture = Picture(10, 10, "<&")
    picture.text(1, 1, 'a < b & "c"')
    picture.rectangle(0, 0, 1, 1, "#fff", note="<note>")
    drawn = ET.fromstring(str(picture))

    assert texts(drawn) == {'a < b & "c"'}
    assert [one.text for one in drawn.iter(f"{SVG}title")] == ["<&", "<note>"]


def test_bars_are_proportional_and_names_are_shown() -> None:
    drawn = ET.fromstring(bars("a < b", {"one": {"x": 1.0, "y": 1.0}, "two": {"x": 4.0, "y": 0.0}}))

    found = widths(drawn)
    assert found[2] == max(found)
    assert found[0] == pytest.approx(found[2] / 4, abs=0.1)
    assert {"a < b", "one", "two", "2.0", "4.0"} <= texts(drawn)


def test_a_long_name_does_not_overlap_its_bar() -> None:
    name = "the gateway, everything on, requests a second"
    drawn = ET.fromstring(bars("title", {name: {"ratio": 0.25}}, digits=2))
    [bar] = [one for one in drawn.iter(f"{SVG}rect") if one.find(f"{SVG}title") is not None]

    assert float(bar.attrib["x"]) > 6 * len(name)
    assert float(bar.attrib["x"]) + float(bar.attrib["width"]) < 900
    assert "0.25" in texts(drawn)


def test_a_measurement_is_drawn_as_its_ratio() -> None:
    row = Row("gateway", "requests/s", Series((25.0,)), "nginx", Series((100.0,)), Goal(0.25))

    assert {"gateway, requests/s", "0.25"} <= texts(ET.fromstring(chart("title", [row])))


def test_a_missed_bug_has_the_longest_bar() -> None:
    drawn = ET.fromstring(campaign.draw({"found": 12, "missed": None}, start=10))

    assert widths(drawn)[0] < widths(drawn)[1]
    assert {"3", str(campaign.SEEDS_OF_A_BUG)} <= texts(drawn)


def test_a_simulation_writes_its_chart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "BUGS", {})
    monkeypatch.setattr(campaign, "draw", lambda _firsts, _start: "<svg/>")
    said = list[str]()

    assert campaign.run(range(0), said.append, tmp_path / "simulate" / "seed-0.svg")
    assert (tmp_path / "simulate" / "seed-0.svg").read_text() == "<svg/>"
    assert any("seed-0.svg" in line for line in said)
