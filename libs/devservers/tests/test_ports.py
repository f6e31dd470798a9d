import os
import socket

import pytest

from devservers.errors import PortTakenError
from devservers.ports import free_ports, is_free, require_free


def test_a_taken_port_is_named_with_its_owner() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        with pytest.raises(
            PortTakenError, match=rf"port {port}, required by order-service.*pid {os.getpid()}.*order=N"
        ):
            require_free(port, "order-service")


def test_free_ports_lie_below_the_ephemeral_range() -> None:
    ports = free_ports(5)

    assert len(set(ports)) == 5
    assert all(port < 32768 and is_free(port) for port in ports)
