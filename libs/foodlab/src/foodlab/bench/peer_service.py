"""Starts a service of the peer with the Python of its own packages: `python -P peer_service.py PORT RABBITMQ_URL`."""

import socket
import sys
from importlib import import_module
from typing import Any
from urllib.parse import unquote, urlsplit


def main(port: int, rabbitmq_url: str) -> None:
    """Serve the app in the working directory.

    Its source names the host `rabbitmq` and the user `guest`; both are replaced by the broker of this run.
    """
    broker = urlsplit(rabbitmq_url)
    resolve: Any = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        place = (broker.hostname, broker.port) if host == "rabbitmq" else (host, port)
        return resolve(*place, *rest, **more)

    socket.getaddrinfo = getaddrinfo
    log_in = f"\0{unquote(broker.username or '')}\0{unquote(broker.password or '')}".encode()
    credentials: Any = import_module("pika").PlainCredentials
    credentials.response_for = lambda *_: (credentials.TYPE, log_in)
    import_module("uvicorn").run("app.main:app", app_dir=".", host="127.0.0.1", port=port, access_log=False)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
