"""Redis as a private process."""

from pathlib import Path

from devservers.accounts import unprivileged
from devservers.spawning import Program


def redis_program(binary: Path, folder: Path, *, password: str, port: int) -> Program:
    """Write the configuration and describe the server; nothing in it has to survive."""
    account = unprivileged("redis")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    configuration = folder / "redis.conf"
    configuration.touch(mode=0o600)
    configuration.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\n"
        f'dir "{folder}"\nsave ""\nappendonly no\ndaemonize no\nlogfile ""\n'
    )
    if account:
        account.own(folder, configuration)
    return Program(
        name="redis",
        argv=(str(binary), str(configuration)),
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        inherits=False,
        port=port,
        account=account,
    )
