"""Readiness probes: each returns None, or the reason why a server is not ready."""

import http.client
import socket
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import psycopg
import redis
from pamqp import base, commands, exceptions, frame
from pamqp.common import FieldTable
from pamqp.header import ProtocolHeader

Method = TypeVar("Method", bound=base.Frame)
_SECONDS = 2
_HEADER = 7
_AMQP_PORT = 5672
# With this capability a refused log-in is answered immediately with its reason.
_CLIENT: FieldTable = {"product": "foodctl", "capabilities": {"authentication_failure_close": True}}


def postgres(url: str) -> str | None:
    """Log in to PostgreSQL."""
    try:
        psycopg.connect(url, connect_timeout=_SECONDS).close()
    except psycopg.Error as error:
        return _one_line(error)
    return None


def redis_(url: str) -> str | None:
    """Ping Redis."""
    try:
        with redis.Redis.from_url(url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        return _one_line(error)
    return None


def rabbitmq(url: str) -> str | None:
    """Log in to RabbitMQ and open the virtual host: the port is open too early."""
    parts = urlsplit(url)
    vhost = unquote(parts.path[1:]) or "/"
    login = f"\0{unquote(parts.username or 'guest')}\0{unquote(parts.password or 'guest')}"
    try:
        address = (parts.hostname or "localhost", parts.port or _AMQP_PORT)
        with socket.create_connection(address, _SECONDS) as peer:
            peer.sendall(ProtocolHeader().marshal())
            _expect(peer, commands.Connection.Start)
            _send(peer, commands.Connection.StartOk(_CLIENT, "PLAIN", login))
            tune = _expect(peer, commands.Connection.Tune)
            _send(peer, commands.Connection.TuneOk(tune.channel_max, tune.frame_max, 0))
            _send(peer, commands.Connection.Open(vhost))
            _expect(peer, commands.Connection.OpenOk)
            _send(peer, commands.Connection.Close(200, "", 0, 0))
    except (OSError, ValueError, exceptions.PAMQPException) as error:
        return _one_line(error)
    return None


def http_ready(url: str) -> str | None:
    """Request a URL and expect 200."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "localhost", parts.port, timeout=_SECONDS)
    try:
        connection.request("GET", parts.path)
        response = connection.getresponse()
        body = response.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return _one_line(error)
    finally:
        connection.close()
    return None if response.status == http.client.OK else f"{response.status} {body[:200]}"


def _send(peer: socket.socket, method: base.Frame) -> None:
    peer.sendall(frame.marshal(method, 0))


def _expect(peer: socket.socket, kind: type[Method]) -> Method:
    """Read one method frame."""
    head = _read(peer, _HEADER)
    _, _, method = frame.unmarshal(head + _read(peer, int.from_bytes(head[3:7]) + 1))
    if isinstance(method, kind):
        return method
    message = getattr(method, "reply_text", None) or f"answered {type(method).__name__}"
    raise ValueError(message)


def _read(peer: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = peer.recv(size - len(data))
        if not chunk:
            raise ConnectionError("closed the connection")
        data += chunk
    return data


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
