"""PostgreSQL, Redis and RabbitMQ as private processes."""

import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

from devservers.errors import StartError
from devservers.spawning import Account, Program, unprivileged

# A temporary database need not survive a power failure.
_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0")


def postgres_program(bin_: Path, folder: Path, *, password: str, port: int, durable: bool) -> Program:
    """Create the database cluster if necessary, and return the server program."""
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
        # The details of errors contain values of rows, which are personal data.
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
        # SIGTERM would wait until all clients have disconnected.
        stop_signal=signal.SIGINT,
        death_signal=signal.SIGQUIT,
    )


def _initialise(bin_: Path, folder: Path, password: str, account: Account | None, *, durable: bool) -> None:
    """Run initdb in a temporary folder, so that an interruption leaves no incomplete cluster."""
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
        raise StartError(f"initdb failed: {' / '.join(done.stderr.strip().splitlines()[-3:])}")
    draft.rename(folder / "data")


def redis_program(binary: Path, folder: Path, *, password: str, port: int, users: Sequence[str] = ()) -> Program:
    """Write the configuration and return the server program; its data is not persistent."""
    account = unprivileged("redis")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    configuration = (
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\n"
        f'dir "{folder}"\nsave ""\nappendonly no\ndaemonize no\nlogfile ""\n'
        + "".join(f"user {line}\n" for line in users)
    )
    if account:
        account.own(folder)
    written = _write(folder, account, {"redis.conf": configuration})
    return Program(
        name="redis",
        argv=(str(binary), str(folder / "redis.conf")),
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"} | written,
        inherits=False,
        port=port,
        account=account,
    )


def _write(folder: Path, account: Account | None, files: Mapping[str, str]) -> dict[str, str]:
    """Write files that only the server may read.

    Return a variable with their hash, so that changes restart the program.
    """
    for name, content in files.items():
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(content)
        if account:
            account.own(path)
    return {"FOODAPP_CONFIGURATION": sha256(repr(sorted(files.items())).encode()).hexdigest()}


@dataclass(frozen=True)
class RabbitPorts:
    """The ports of one node; by default the last three follow the first."""

    amqp: int
    mapper: int
    distribution: int
    management: int | None = None
    metrics: int | None = None


def rabbitmq_programs(
    script: Path, epmd: Path, folder: Path, *, password: str, ports: RabbitPorts
) -> tuple[Program, Program]:
    """Write the configuration and return the programs of the port mapper and the node.

    Otherwise the node would start a port mapper that outlives it and serves all nodes of the machine.
    """
    account = unprivileged("rabbitmq")
    plugins = {"management": ports.management, "prometheus": ports.metrics}
    enabled = {plugin: port for plugin, port in plugins.items() if port is not None}
    lines = [
        f"listeners.tcp.1 = 127.0.0.1:{ports.amqp}",
        "default_user = foodapp",
        f"default_pass = {password}",
        "log.console = true",
        "log.console.level = warning",
        "log.file = false",
        "disk_free_limit.absolute = 100MB",
        *(f"{plugin}.tcp.ip = 127.0.0.1\n{plugin}.tcp.port = {port}" for plugin, port in enabled.items()),
    ]
    if ports.management:
        # The plugin is only needed for policies and virtual hosts; its statistics would cost time for every message.
        lines.append("management_agent.disable_metrics_collector = true")
    files = {
        "rabbitmq.conf": "\n".join(lines) + "\n",
        "enabled_plugins": f"[{','.join(f'rabbitmq_{plugin}' for plugin in enabled)}].\n",
        # Empty, so that the distribution's own settings are not read.
        "rabbitmq-env.conf": "",
    }
    (folder / "mnesia").mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if account:
        account.own(folder, folder / "mnesia")
    written = _write(folder, account, files)
    environment = {
        "PATH": f"{epmd.parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/opt/homebrew/bin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(ports.mapper),
        "RABBITMQ_NODENAME": "foodapp@localhost",
        "RABBITMQ_DIST_PORT": str(ports.distribution),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder),
        "RABBITMQ_PID_FILE": str(folder / "node.pid"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        # Makes the script exec the node, so that signals reach it.
        "RUNNING_UNDER_SYSTEMD": "true",
    }
    mapper = Program("epmd", (str(epmd),), folder, environment, inherits=False, port=ports.mapper, account=account)
    node = Program(
        "rabbitmq",
        (str(script),),
        folder,
        environment | written,
        inherits=False,
        port=ports.amqp,
        more_ports=(ports.distribution, ports.management, ports.metrics),
        account=account,
    )
    return mapper, node
