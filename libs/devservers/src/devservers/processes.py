"""The processes of one system: started once, watched, and stopped by their records."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

from pydantic import TypeAdapter

from devservers.errors import DevserversError, StartError
from devservers.ports import require_free
from devservers.records import MARK, Record, Records, identity
from devservers.spawning import Program, exit_code, spawn
from devservers.steps import Step
from devservers.tail import tail

_GRACE = 20.0
_KILL_GRACE = 5.0
_POLL = 0.03
_LOG_LIMIT = 10_000_000
_PROGRAM = TypeAdapter(Program)


class Processes:
    """The processes recorded in one folder."""

    def __init__(self, run: Path, logs: Path, *, tied: bool = False) -> None:
        """Use a folder for records and one for logs; tied processes end with this one."""
        self.records = Records(run)
        self._logs = logs
        self._tied = tied
        self._started: list[str] = []

    def running(self, name: str) -> Record | None:
        """Return the record of a process that is alive."""
        record = self.records.load(name)
        if record is None or exit_code(record.pid) is not None:
            return None
        return record if record.alive else None

    def runs_as(self, program: Program) -> bool:
        """Return whether this program already runs with the same fingerprint."""
        record = self.running(program.name)
        return record is not None and record.fingerprint == program.fingerprint

    def start(self, program: Program) -> str:
        """Start a program unless it already runs; return a description of the result."""
        if self.runs_as(program):
            return f"already running, pid {self.check(program.name).pid}"
        self.stop(program.name)
        return self._spawn(program)

    def restart(self, name: str) -> str:
        """Restart a recorded program, and return its new pid as text; its record stays if that fails."""
        program = self.recorded(name)
        self._end(name)
        return self._spawn(program)

    def recorded(self, name: str) -> Program:
        """Return the recorded program. Raises DevserversError when it is unknown."""
        record = self.records.load(name)
        if record is None or not record.program:
            raise DevserversError(f"the command of {name} is not recorded; `just up` starts it")
        return _PROGRAM.validate_python(record.program)

    def _spawn(self, program: Program) -> str:
        for port in (program.port, *program.more_ports):
            if port is not None:
                require_free(port, program.name)
        mark = token_hex()
        marked = replace(program, env={**program.env, MARK: mark})
        pid = spawn(marked, self._fresh_log(program.name), tied=self._tied)
        self._started.append(program.name)
        self.records.save(
            Record(
                name=program.name,
                pid=pid,
                identity=identity(pid) or "gone",
                fingerprint=program.fingerprint,
                port=program.port,
                stop_signal=program.stop_signal,
                program=_PROGRAM.dump_python(program, mode="json"),
                mark=mark,
            )
        )
        return f"pid {pid}"

    def step(
        self,
        program: Program,
        ask: Callable[[], str | None] = lambda: None,
        *,
        after: Sequence[str] = (),
        seconds: float = 90.0,
    ) -> Step:
        """Return the step that starts a program and is done when `ask` returns None; it fails when the program ends."""

        def missing() -> str | None:
            self.check(program.name)
            return ask()

        return Step(program.name, lambda say: say(self.start(program)), missing, tuple(after), seconds)

    def check(self, name: str) -> Record:
        """Return the record of a process that is alive. Raises StartError with the end of its log when it is not."""
        if alive := self.running(name):
            return alive
        record = self.records.load(name)
        code = exit_code(record.pid) if record else None
        how = f" with exit code {code}" if code is not None else ""
        raise StartError(f"{name} ended{how}; the end of {self.log(name)}:\n{self.tail(name)}")

    def stop(self, *names: str, grace: float = _GRACE) -> list[str]:
        """Stop processes concurrently, kill those that do not stop, and return the names of those that ran."""
        ended = self._end(*names, grace=grace)
        for name in names:
            self.records.forget(name)
        return ended

    def _end(self, *names: str, grace: float = _GRACE) -> list[str]:
        """End processes and keep their records."""
        living = [record for name in names if (record := self.running(name))]
        for record in living:
            _send(record, record.stop_signal)
        for record in self._remaining(living, grace):
            _send(record, signal.SIGKILL)
        if stuck := self._remaining(living, _KILL_GRACE):
            raise DevserversError(f"{', '.join(f'{one.name} (pid {one.pid})' for one in stuck)} did not stop")
        recorded = [record for name in names if (record := self.records.load(name))]
        for record in recorded:
            exit_code(record.pid)
        left = [record for record in recorded if _end_survivors(record)]
        return [record.name for record in recorded if record in living or record in left]

    def undo(self, *names: str, grace: float = _GRACE) -> None:
        """Stop those of these processes, or of all, that this object started."""
        doomed = [name for name in self._started if not names or name in names]
        self.stop(*doomed, grace=grace)
        self._started = [name for name in self._started if name not in doomed]

    def log(self, name: str) -> Path:
        """Return the log file of a process."""
        return self._logs / f"{name}.log"

    def tail(self, name: str) -> str:
        """Return the end of a process's log, formatted for people."""
        return tail(self.log(name))

    def _remaining(self, records: list[Record], seconds: float) -> list[Record]:
        deadline = time.monotonic() + seconds
        while (alive := [record for record in records if self.running(record.name)]) and time.monotonic() < deadline:
            time.sleep(_POLL)
        return alive

    def _fresh_log(self, name: str) -> Path:
        log = self.log(name)
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        return log


def _end_survivors(record: Record) -> bool:
    """Kill the processes of its session that outlived a process; return whether there were any."""
    found = left = record.survivors
    deadline = time.monotonic() + _KILL_GRACE
    while left and time.monotonic() < deadline:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_POLL)
        left = record.survivors
    return bool(found)


def _send(record: Record, number: int) -> None:
    """Signal a process, or on a kill its whole session, after verifying its identity."""
    with suppress(ProcessLookupError):
        if not record.alive:
            return
        try:
            if number == signal.SIGKILL:
                os.killpg(record.pid, number)
            else:
                os.kill(record.pid, number)
        except PermissionError:
            raise DevserversError(
                f"{record.name} (pid {record.pid}) belongs to another user; stop it as that user"
            ) from None
