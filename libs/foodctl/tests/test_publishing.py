import json
from collections import Counter
from datetime import UTC, datetime

import psycopg
import pytest

from foodctl.commands import store_verification
from foodctl.connections import Connections
from foodctl.errors import FoodctlError
from foodctl.verify.check import INVARIANTS, SHOWN, Report, Violation
from foodctl.verifying import _publish

ENDED = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def service_package() -> str:
    return "order_service"


def a_report() -> Report:
    twice = [Violation(5, f"order {number}", "captured twice", "2 > 1") for number in range(SHOWN + 1)]
    lost = Violation(1, "order 0", "lost")
    return Report(Counter({1: 12, 5: 12}), [*twice, lost], 1.25, undecided=[lost])


def test_what_was_found_is_stored_where_the_api_shows_it(database_url: str) -> None:
    store_verification(database_url, a_report().summary(ENDED))

    with psycopg.connect(database_url) as connection:
        [(at, found)] = connection.execute("SELECT at, found FROM last_verification").fetchall()
    assert (at, found["ok"], found["seconds"], found["undecided"]) == (ENDED, False, 1.25, 1)
    assert [one["invariant"] for one in found["invariants"]] == [*INVARIANTS]
    assert [(one["checked"], one["violations"]) for one in found["invariants"]][4] == (12, SHOWN + 1)
    subjects = [one["subject"] for one in found["violations"]]
    assert subjects == ["order 0", *(f"order {number}" for number in range(SHOWN))]


def test_a_database_that_is_not_there_is_one_line_and_changes_no_result(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = f"{database_url}_gone"
    with pytest.raises(FoodctlError, match="the result of the verification could not be stored"):
        store_verification(gone, a_report().summary(ENDED))

    for databases in ({"order_service": gone}, {}):
        _publish(Connections(databases, None), json.loads(json.dumps(a_report().summary(ENDED))))

    first, second = capsys.readouterr().err.strip().splitlines()
    assert "the console does not show this run: the result of the verification could not be stored" in first
    assert "there is no URL of the database order_service" in second
