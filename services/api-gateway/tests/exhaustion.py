"""How attacks slow other clients. `python services/api-gateway/tests/exhaustion.py` measures it completely."""

import asyncio
import json
import os
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

SERVER = "from uvicorn import run; run('api_gateway.main:create_app', factory=True, http='{http}', port={port}, \
access_log=False, proxy_headers=False, log_level='error')"
PROTOCOL = "api_gateway.server:HttpProtocol"
MEGABYTES = 250
BODY = b'{"items": []}'
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(BODY), BODY)
HEAD = b"GET /orders HTTP/1.1\r\nHost: x\r\n"


@dataclass(frozen=True)
class Gateway:
    """A gateway in a separate process."""

    port: int
    pid: int

    def memory(self) -> float:
        """Return the peak memory of the process in megabytes."""
        with open(f"/proc/{self.pid}/status") as status:  # noqa: PTH123 - a pseudo file
            line = next(line for line in status if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024

    async def p99(self, requests: int = 300) -> float:
        """Return the 99th percentile of the response times of one client's sequential requests, in milliseconds."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        times = []
        for _ in range(requests):
            started = time.perf_counter()
            writer.write(HEAD + b"\r\n")
            await reader.readuntil(BODY)
            times.append((time.perf_counter() - started) * 1000)
        writer.close()
        return statistics.quantiles(times, n=100)[98]


@asynccontextmanager
async def gateway(http: str) -> AsyncIterator[Gateway]:
    """Run a gateway in front of a service that sends the same response to every request."""
    from foodchassis.testing.issuer import Issuer  # noqa: PLC0415 - an attacker starts sooner without it

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(ANSWER)
        writer.close()

    service = await asyncio.start_server(serve, "127.0.0.1", 0)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{service.sockets[0].getsockname()[1]}"
    many = dict.fromkeys(("ADDRESS_RATE", "ADDRESS_BURST"), "1000000")
    env = {**os.environ, "UPSTREAMS": json.dumps({"order": url}), "ROUTES": '{"/orders": "order"}', **many}
    env |= {"AUTH_JWKS": Issuer().jwks, "AUTH_AUDIENCE": Issuer.audience, "HEAD_TIMEOUT": "600", "LOG_LEVEL": "ERROR"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", SERVER.format(http=http, port=port), env=env)
    try:
        found = Gateway(port, process.pid)
        async with asyncio.timeout(60):
            while True:
                with suppress(OSError, asyncio.IncompleteReadError):
                    await found.p99(10)
                    break
                await asyncio.sleep(0.1)
        yield found
    finally:
        process.terminate()
        await process.wait()
        service.close()


@asynccontextmanager
async def attack(port: int, count: int, size: int) -> AsyncIterator[None]:
    """Attack from a separate process. The attack is at full size when the block begins."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "attack", str(port), str(count), str(size),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    assert process.stdin
    await process.stdout.readline()
    try:
        yield
    finally:
        process.stdin.close()
        await process.wait()


def attacker(port: int, count: int, size: int) -> None:
    """Open connections with an unfinished head of up to `size` bytes each, as many bytes as the gateway accepts."""
    connections = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.settimeout(2)
        with suppress(OSError):
            connection.sendall(HEAD + b"X-A: ")
            for _ in range(0, size, 1_000_000):
                connection.sendall(b"a" * 1_000_000)
        connections.append(connection)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()


async def measure(found: Gateway, count: int, size: int, rounds: int) -> tuple[float, float]:
    """Return the p99 of another client before and during an attack, in milliseconds."""
    before, during = [], []
    for _ in range(rounds):
        before.append(await found.p99())
        async with attack(found.port, count, size):
            during.append(await found.p99())
    return statistics.median(before), statistics.median(during)


async def main(*, quick: bool, http: str) -> int:
    """Print the results of both attacks; return 1 if a limit is exceeded. A quick run has a wide limit for times."""
    broken = False
    stalled = 500 if quick else 2_000
    async with gateway(http) as found:
        for name, count, size in (("stalled connections", stalled, 0), ("unfinished heads of 24 MB", 200, 24_000_000)):
            alone, beside = await measure(found, count, size, 1 if quick else 5)
            memory = found.memory()
            broken |= memory > MEGABYTES or beside > max(2 * alone, 250 if quick else 0)
            sys.stdout.write(
                f"{count} {name}: others' p99 {alone:.1f} ms before, {beside:.1f} ms during ({beside / alone:.2f} x); "
                f"memory at most {memory:.0f} MB\n"
            )
    return int(broken)


if __name__ == "__main__":
    if sys.argv[1:2] == ["attack"]:
        attacker(*map(int, sys.argv[2:]))
    else:
        named = [one for one in sys.argv[1:] if one != "--quick"]
        sys.exit(asyncio.run(main(quick="--quick" in sys.argv, http=named[0] if named else PROTOCOL)))
