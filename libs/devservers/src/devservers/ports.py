"""Free ports, and the owners of used ones."""

import random
import socket

import psutil

from devservers.errors import PortTakenError, StartError

_RANGE = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Return whether a server can listen on this loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True


def owner(port: int) -> str:
    """Return a description of the process that listens on a port."""
    try:
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr[1:2] == (port,)
            if listens and connection.pid:
                process = psutil.Process(connection.pid)
                return f"{process.name()} (pid {process.pid}, user {process.username()})"
    except psutil.Error:
        pass
    return "a process of another user"


def require_free(port: int, wanted_by: str) -> None:
    """Raise PortTakenError with the owner if a port is in use."""
    if not is_free(port):
        option = wanted_by.replace("-service", "").removeprefix("api-")
        message = (
            f"port {port}, required by {wanted_by}, is used by {owner(port)}; choose another with --port {option}=N, "
            "or move all with --offset 100"
        )
        raise PortTakenError(message)


def free_ports(count: int) -> list[int]:
    """Return free ports below the ephemeral range, which outgoing connections do not use."""
    found: list[int] = []
    for port in random.sample(_RANGE, len(_RANGE)):
        if is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise StartError(f"fewer than {count} free ports between {_RANGE.start} and {_RANGE.stop}")
