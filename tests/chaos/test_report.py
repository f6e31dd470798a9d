import json
from collections import Counter
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from foodctl.verify.check import Report, Violation
from foodlab.chaos.counters import count
from foodlab.chaos.load import Attempt
from foodlab.chaos.report import SETTLING, Outcome
from foodlab.chaos.timeline import Band


@pytest.fixture
def outcome() -> Outcome:
    bands = [Band("kill", "order-service", 5.0, 7.0), Band("latency", "order-service>postgres", 6.0, 9.0)]
    answers = Counter({(second, "answered"): 8 for second in range(500)} | {(6, "unavailable"): 3})
    return Outcome(
        command="just chaos --seed 1",
        seconds=500,
        settled=2.0,
        counters=count([Attempt("Door 1", "key", "a")], [("Door 1", "a", "delivered")]),
        verification=Report(Counter(), [], 1.0),
        answers=answers,
        ages=[(2.0 * sample, sample % 7) for sample in range(250)],
        bands=bands,
        surprises=[],
        parked=[],
        poison=3,
    )


def test_the_report_consists_of_json_svg_and_html(outcome: Outcome, tmp_path: Path) -> None:
    outcome.write(tmp_path / "report")

    document = json.loads((tmp_path / "report" / "report.json").read_text())
    picture = (tmp_path / "report" / "timeline.svg").read_text()
    assert document["ok"] is True
    assert document["answers"] == {"answered": 4000, "unavailable": 3}
    assert document["oldest_event_seconds"] == 6
    assert ET.fromstring(picture).tag.endswith("svg")
    assert len(picture) <= 150_000
    assert "order-service&gt;postgres" in picture
    assert picture in (tmp_path / "report" / "report.html").read_text()


def test_a_fault_that_could_not_be_applied_is_named(outcome: Outcome) -> None:
    outcome.bands.append(Band("lock", "orders", 1.0, 2.0, "OperationalError"))
    printed = StringIO()

    outcome.show(Console(file=printed))

    assert outcome.problems == []
    assert "2 of 3" in printed.getvalue()
    assert "lock orders: OperationalError" in printed.getvalue()


def test_each_violation_is_a_problem(outcome: Outcome) -> None:
    assert outcome.problems == []
    wrong = {
        "settled": None,
        "counters": count([Attempt("Door 1", "key", "a")], []),
        "verification": Report(Counter(), [Violation(4, "a", "is paid twice")], 1.0),
        "surprises": ["7.0 s: 500 Internal"],
        "parked": ["order-service.order.created: ValueError"],
    }
    for name, value in wrong.items():
        before = getattr(outcome, name)
        setattr(outcome, name, value)
        assert outcome.problems, name
        setattr(outcome, name, before)
    outcome.strict = True
    assert outcome.problems == ["3 requests did not succeed at the first attempt"]
    outcome.settled = SETTLING + 1
    assert "idle only 61 s after healing" in outcome.problems[0]
