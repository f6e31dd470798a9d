from pathlib import Path

from user_service.keys import ensure
from user_service.settings import UserSettings


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "signing_keys"

    ensure(file)
    first = file.read_text()
    ensure(file)

    assert file.read_text() == first
    assert file.stat().st_mode & 0o077 == 0
    assert len(UserSettings(signing_keys=first).key_set.keys) == 1


def test_two_makings_give_two_keys(tmp_path: Path) -> None:
    for name in ("one", "other"):
        ensure(tmp_path / name)

    assert (tmp_path / "one").read_text() != (tmp_path / "other").read_text()
