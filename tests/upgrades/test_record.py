"""The recorder records the statements of a service, and none of a test."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from psycopg import Binary
from psycopg.types.json import Jsonb
from upgrades.choosing import chosen, normalised
from upgrades.recordings import Recording, Sent, read
from upgrades.replaying import Answer
from upgrades.values import decoded_parameters, encoded_parameters

from devservers.interface import Endpoints

ROOT = Path(__file__).parents[2]


def test_a_release_is_recorded_by_one_command(servers: Endpoints, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": "tests",
        "FOODAPP_POSTGRES_URL": servers.postgres_url,
        "FOODAPP_REDIS_URL": servers.redis_url,
        "FOODAPP_RABBITMQ_URL": servers.rabbitmq_url,
    }
    tests = "services/menu-service/tests/test_republish.py"
    command = [sys.executable, "-m", "upgrades.record", "v9.0.0", "--into", str(tmp_path), tests]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    recording = read(tmp_path / "v9.0.0/menu-service.json")
    texts = {sent.text for scene in recording.scenes.values() for sent in scene}
    assert {"restaurants", "outbox"} <= {words[2] for text in texts if (words := text.split())[0] == "INSERT"}
    assert "DELETE FROM outbox" not in texts, "the test itself sent that"


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        7,
        0.5,
        "word",
        b"\x00digest",
        uuid4(),
        Decimal("1.50"),
        datetime(2026, 11, 27, 12, tzinfo=UTC),
        date(2026, 11, 27),
        time(12, 30),
        timedelta(minutes=2),
        ["a", uuid4()],
    ],
    ids=lambda value: type(value).__name__,
)
def test_parameters_are_stored_and_read_back(value: Any) -> None:
    assert decoded_parameters(encoded_parameters({"one": value})) == {"one": value}
    assert decoded_parameters(encoded_parameters((value,))) == [value]


def test_json_documents_and_bytes_are_read_back_for_psycopg() -> None:
    [document, body] = decoded_parameters(encoded_parameters([Jsonb({"a": [1]}), Binary(b"x" * 100)]))

    assert (type(document), document.obj) == (Jsonb, {"a": [1]})
    assert body == b"x" * 64


def test_a_parameter_of_an_unknown_type_is_refused() -> None:
    with pytest.raises(TypeError, match="teach"):
        encoded_parameters([object()])


def test_a_recording_is_read_as_it_was_written(tmp_path: Path) -> None:
    scenes = {"test_b": [Sent("SELECT 2", {"a": "ü"}), Sent("SELECT 1", [])], "test_a": [Sent("SELECT 1", [None])]}
    recording = Recording("v1", "menu-service", scenes)

    assert read(recording.write(tmp_path)) == recording


def test_statements_are_equal_for_any_number_of_rows_or_values() -> None:
    one = "INSERT INTO a (b, c) VALUES (%(b__0)s::UUID, %(c__0)s) RETURNING a.b"
    two = "INSERT INTO a (b, c) VALUES (%(b__0)s::UUID, %(c__0)s), (%(b__1)s::UUID, %(c__1)s) RETURNING a.b"

    assert normalised(one) == normalised(two)
    assert normalised("IN (%(a_1_1)s::INT, %(a_1_2)s::INT)") == normalised("IN (%(a_1_1)s::INT)")


def test_the_chosen_scenes_are_minimal_and_complete() -> None:
    stored: set[str] = set()

    def play(scene: Any) -> list[Answer]:
        stored.clear()
        return [answer(sent) for sent in scene]

    def answer(sent: Sent) -> Answer:
        assert isinstance(sent.parameters, dict)
        if sent.text.startswith("INSERT"):
            stored.add(str(sent.parameters["id"]))
            return Answer(sent, True, frozenset({"INSERT a"}), None)
        changed = sent.parameters["id"] in stored
        return Answer(sent, changed, frozenset({"UPDATE a"} if changed else ()), None)

    insert, other = (Sent("INSERT INTO a (id) VALUES (%(id)s)", {"id": f"{number}-"}) for number in (1, 2))
    update = Sent("UPDATE a SET status = %(status)s WHERE id = %(id)s", {"id": "1-", "status": "open"})
    closing = Sent(update.text, {"id": "1-", "status": "closed"})
    scenes = {"again": [insert, update], "all": [other, insert, update, closing], "none": [closing]}

    assert chosen({name: play(scene) for name, scene in scenes.items()}, play) == {
        "none": [closing],
        "again": [insert, update],
        "all": [insert, closing],
    }
