"""Rotation of signing keys in a file, by a pipe, and in this machine's system."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from devservers.state import State
from foodctl.cli import app
from foodctl.credentials import Credentials
from user_service.keys import new_keys


def run(*words: str, given: str | None = None) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["keys", *words], input=given)
    return done.exit_code, done.stdout


def test_a_file_is_rotated_in_three_steps(tmp_path: Path) -> None:
    file = tmp_path / "signing_keys"
    file.write_text(new_keys())

    for step in ("publish", "sign", "retire"):
        assert run("rotate", "--step", step, str(file))[0] == 0
        shown = run("list", str(file))[1].split()
        assert shown[2::3] == (["signs"] if step == "retire" else ["signs", "published"])

    assert file.stat().st_mode & 0o077 == 0
    assert run("rotate", "--step", "sign", str(file))[0] != 0


def test_a_rotation_by_pipe_writes_no_file() -> None:
    code, out = run("rotate", "--step", "publish", "-", given=new_keys())

    assert code == 0
    assert len(json.loads(out)["keys"]) == 2


def test_the_system_of_this_machine_is_rotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOODAPP_STATE", str(tmp_path))
    before = Credentials.of(State(tmp_path))

    assert run("rotate", "--step", "publish")[0] == 0

    after = Credentials.of(State(tmp_path))
    assert after.postgres == before.postgres
    assert len(json.loads(after.signing_keys)["keys"]) == 2
