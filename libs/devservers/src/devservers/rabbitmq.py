"""RabbitMQ as a private process, with an Erlang port mapper of its own."""

from dataclasses import dataclass
from pathlib import Path

from devservers.accounts import unprivileged
from devservers.spawning import Program


@dataclass(frozen=True)
class RabbitPorts:
    """The ports of one node; the last three follow the first unless they are given."""

    amqp: int
    mapper: int
    distribution: int
    management: int | None = None
    metrics: int | None = None


def rabbitmq_programs(
    script: Path, epmd: Path, folder: Path, *, password: str, ports: RabbitPorts
) -> tuple[Program, Program]:
    """Write the configuration and describe the port mapper and the node.

    Left alone, a node starts a port mapper that outlives it and serves every node of the machine.
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
    files = {
        "rabbitmq.conf": "\n".join(lines) + "\n",
        "enabled_plugins": f"[{','.join(f'rabbitmq_{plugin}' for plugin in enabled)}].\n",
        # Empty, so that the distribution's own settings are not read.
        "rabbitmq-env.conf": "",
    }
    (folder / "mnesia").mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name, content in files.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(content)
    if account:
        account.own(folder, folder / "mnesia", *(folder / name for name in files))
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
        # Makes the script become the node instead of its parent, so that signals reach it.
        "RUNNING_UNDER_SYSTEMD": "true",
    }
    mapper = Program("epmd", (str(epmd),), folder, environment, inherits=False, port=ports.mapper, account=account)
    node = Program("rabbitmq", (str(script),), folder, environment, inherits=False, port=ports.amqp, account=account)
    return mapper, node
