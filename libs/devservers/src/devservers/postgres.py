"""PostgreSQL as a private process."""

import signal
import subprocess
from pathlib import Path
from shutil import rmtree

from devservers.accounts import Account, unprivileged
from devservers.errors import StartError
from devservers.spawning import Program

# A database that is thrown away with its test run need not survive a power cut.
_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0")


def postgres_program(bin_: Path, folder: Path, *, password: str, port: int, durable: bool) -> Program:
    """Make the database cluster if there is none, and describe its server."""
    account = unprivileged("postgres")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if account:
        account.own(folder)
    data = folder / "data"
    if not data.exists():
        _initialise(bin_, folder, password, account, durable=durable)
    settings = [
        f"port={port}",
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "max_connections=300",
        # The details of an error repeat the values of a row, which are personal.
        "log_error_verbosity=terse",
        "shared_buffers=128MB",
        *(() if durable else _FORGETFUL),
    ]
    return Program(
        name="postgres",
        argv=(str(bin_ / "postgres"), "-D", str(data), *(part for one in settings for part in ("-c", one))),
        cwd=folder,
        env={"PATH": f"{bin_}:/usr/bin:/bin", "LC_ALL": "C"},
        inherits=False,
        port=port,
        account=account,
        # SIGTERM would wait for every client to leave.
        stop_signal=signal.SIGINT,
        death_signal=signal.SIGQUIT,
    )


def _initialise(bin_: Path, folder: Path, password: str, account: Account | None, *, durable: bool) -> None:
    """Run initdb beside the final place, so that an interruption leaves nothing that looks finished."""
    draft, secret = folder / "data.draft", folder / "password"
    rmtree(draft, ignore_errors=True)
    secret.touch(mode=0o600)
    secret.write_text(password)
    if account:
        account.own(secret)
    done = subprocess.run(
        [
            bin_ / "initdb",
            f"--pgdata={draft}",
            "--username=postgres",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-locale",
            "--no-instructions",
            *(() if durable else ("--no-sync",)),
        ],
        cwd=folder,
        env={"PATH": f"{bin_}:/usr/bin:/bin", "LC_ALL": "C"},
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        capture_output=True,
        text=True,
        check=False,
    )
    secret.unlink()
    if done.returncode != 0:
        message = f"initdb failed: {' / '.join(done.stderr.strip().splitlines()[-3:])}"
        raise StartError(message)
    draft.rename(folder / "data")
