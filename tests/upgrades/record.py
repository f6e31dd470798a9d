"""Record what each service sends to PostgreSQL while its tests run: `python -m upgrades.record v1.0.0`.

It patches psycopg's cursor, which all releases use, so that it can record older ones too.
"""

import argparse
import json
import re
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from upgrades.choosing import chosen
from upgrades.recordings import RECORDED, Recording, Sent
from upgrades.replaying import WRITES, Answer, play
from upgrades.values import encoded_parameters

# Pytest rewrites the plugins that it loads, so they must not be imported earlier.
if TYPE_CHECKING:
    from foodchassis.testing.databases import Templates

READS = re.compile(r"\bFROM\s+\"?(?!pg_)[a-z_]+", re.IGNORECASE)
HOME = re.compile(r"(?:services/([a-z-]+)|libs/(foodchassis))/")
SOURCES = re.compile(r"/(?:services/[a-z-]+|libs/foodchassis)/src/")
NOT_SERVICES = re.compile(r"/tests/|/libs/(?:devservers|foodctl|foodlab)/|/foodchassis/testing/")
# Functions that pass on a statement of their caller, which may be a test.
FORWARDERS = re.compile(r"/statements\.py|/transaction\.py|/database\.py:run$")
UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
LARGEST = 200_000


class Recorder:
    """A pytest plugin that records the statements of services during each test, and writes them at the end."""

    def __init__(self, release: str, folder: Path) -> None:
        self._release = release
        self._folder = folder
        self._scenes: defaultdict[str, defaultdict[str, list[Sent]]] = defaultdict(lambda: defaultdict(list))
        self._test = ""
        self._written: list[str] = []
        self._execute: Callable[..., Awaitable[Any]] = psycopg.AsyncCursor.execute
        self._executemany: Callable[..., Awaitable[None]] = psycopg.AsyncCursor.executemany

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Store the current test."""
        self._test = nodeid

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Report the written files."""
        for line in self._written:
            terminalreporter.write_line(line)

    @pytest.fixture(scope="session", autouse=True)
    def recorded(self, templates: "Templates") -> Iterator[None]:
        """Record during the session, and write the files while the databases still exist for the selection."""
        recorder = self

        async def execute(cursor: Any, query: Any, params: Any = None, **options: Any) -> Any:
            ours = sent_by_a_service()
            done = await recorder._execute(cursor, query, params, **options)
            if ours:
                recorder._keep(query, params, cursor)
            return done

        async def executemany(cursor: Any, query: Any, params_seq: Any, **options: Any) -> None:
            ours, every = sent_by_a_service(), list(params_seq)
            await recorder._executemany(cursor, query, every, **options)
            for params in every if ours else ():
                recorder._keep(query, params, cursor)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(psycopg.AsyncCursor, "execute", execute)
            patch.setattr(psycopg.AsyncCursor, "executemany", executemany)
            yield
        for service, scenes in self._scenes.items():
            self._write(service, scenes, templates)

    def _keep(self, query: Any, params: Any, cursor: Any) -> None:
        text = " ".join((query if isinstance(query, str) else query.as_string(cursor)).split())
        if home := (WRITES.search(text) or READS.search(text)) and HOME.match(self._test):
            self._scenes[home[1] or home[2]][self._test].append(Sent(text, encoded_parameters(params)))

    def _write(self, service: str, scenes: dict[str, list[Sent]], templates: "Templates") -> None:
        recording = Recording(self._release, service, {})
        with templates.lend(recording.package) as url, psycopg.connect(url, autocommit=True) as connection:

            def undone(sent: Sequence[Sent]) -> list[Answer]:
                with connection.transaction(force_rollback=True):
                    return play(connection, sent)

            # Rolled-back statements, and those that need a row of the test itself, are refused by the tables.
            accepted = {
                _name(test): [a for a in undone(_renamed(sent)) if a.error is None] for test, sent in scenes.items()
            }
            recording.scenes.update(chosen(accepted, undone))
        path = recording.write(self._folder)
        self._written.append(f"{path}: {path.stat().st_size:,} bytes, {len(recording.scenes)} of {len(scenes)} scenes")
        assert path.stat().st_size <= LARGEST, f"{path} is too large to review"


def sent_by_a_service() -> bool:
    """Return whether the innermost function on the stack that does not only pass on statements is a service's."""
    frame = sys._getframe(2)
    while frame := frame.f_back:  # type: ignore[assignment]
        path = frame.f_code.co_filename
        if "/site-packages/" in path or FORWARDERS.search(f"{path}:{frame.f_code.co_name}"):
            continue
        if NOT_SERVICES.search(path):
            return False
        if SOURCES.search(path):
            return True
    return False


def _renamed(sent: list[Sent]) -> list[Sent]:
    """Number the ids of a scene, so that a new recording of the same statements differs as little as possible."""
    numbers: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        return numbers.setdefault(found[0], f"00000000-0000-7000-8000-{len(numbers):012x}")

    return [Sent(text, given) for text, given in json.loads(UUIDS.sub(number, json.dumps(sent)))]


def _name(test: str) -> str:
    return test.split("/tests/", 1)[1]


def main() -> None:
    """Run the tests of the repository in this folder, and write the recordings."""
    parser = argparse.ArgumentParser(prog="python -m upgrades.record", description=main.__doc__)
    parser.add_argument("release", help="its name, such as v1.0.0")
    parser.add_argument("tests", nargs="*", default=["libs/foodchassis", "services"])
    parser.add_argument("--into", type=Path, default=RECORDED, help="the folder of all recordings")
    options = parser.parse_intermixed_args()
    # The time of the selection counts for the last test.
    arguments = ["-n", "0", "-q", "--timeout", "1800", *options.tests]
    sys.exit(pytest.main(arguments, plugins=[Recorder(options.release, options.into)]))


if __name__ == "__main__":
    main()
