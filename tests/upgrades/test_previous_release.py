"""Rolling upgrades: a recorded release's statements run on these tables, and this release reads its rows."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection
from sqlmodel import Session, SQLModel, select
from upgrades.recordings import RECORDED, Recording, recordings
from upgrades.replaying import WRITES, play
from upgrades.tables import head, models, refusals, undone

from foodchassis.testing.databases import Templates

LARGEST = 200_000
RECORDINGS = {f"{one.service} {one.release}": one for one in recordings()}
OF_SERVICES = {name: one for name, one in RECORDINGS.items() if one.service != "foodchassis"}


@pytest.fixture
def tables(templates: Templates, recording: Recording) -> Iterator[Connection]:
    """Yield a connection to the tables of this release."""
    with head(templates, recording.package) as connection:
        yield connection


@pytest.mark.parametrize("recording", RECORDINGS.values(), ids=RECORDINGS)
def test_recorded_statements_run_on_the_tables_of_this_release(tables: Connection, recording: Recording) -> None:
    assert refusals(tables, recording) == []


@pytest.mark.parametrize("recording", OF_SERVICES.values(), ids=OF_SERVICES)
def test_recorded_rows_are_read_by_this_release(tables: Connection, recording: Recording) -> None:
    own = {str(kind.__tablename__): kind for kind in models(recording.package)}
    filled: set[str] = set()
    found: set[str] = set()
    for scene in recording.scenes.values():
        with undone(tables) as driver, Session(tables) as session:
            ways = [one.split() for answer in play(driver, scene) for one in answer.wrote]
            filled |= {table for way, table in ways if way == "INSERT" and table in own}
            found |= {table for table, kind in own.items() if _rows(session, kind)}

    assert found == filled != set()


def _rows(session: Session, model: type[SQLModel]) -> list[SQLModel]:
    """Read and validate every row of a table: SQLModel does not validate rows that it reads."""
    rows = session.exec(select(model)).all()
    return [model.model_validate({name: getattr(row, name) for name in model.model_fields}) for row in rows]


def test_a_release_is_recorded_completely() -> None:
    """A service that is newer than a release has no recording in it."""
    oldest = {f"{name}-service" for name in ("user", "menu", "order", "payment", "delivery")}

    assert RECORDINGS
    for release in {one.release for one in RECORDINGS.values()}:
        assert {one.service for one in RECORDINGS.values() if one.release == release} >= {*oldest, "foodchassis"}


def test_recordings_are_small_enough_for_a_review() -> None:
    assert [path for path in RECORDED.rglob("*.json") if path.stat().st_size > LARGEST] == []


@pytest.mark.parametrize("recording", OF_SERVICES.values(), ids=OF_SERVICES)
def test_a_recording_contains_reads_and_writes(recording: Recording) -> None:
    texts = {sent.text for scene in recording.scenes.values() for sent in scene}
    written = {text for text in texts if WRITES.search(text)}

    assert len(written) > 5
    assert len(texts - written) > 5
