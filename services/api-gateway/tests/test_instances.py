"""Several instances of one service, as real processes that are killed and frozen."""

import asyncio
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from pydantic import ValidationError

from api_gateway.settings import GatewaySettings
from foodchassis.testing import eventually

SERVICE = """
import asyncio, sys
async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\\r\\n\\r\\n")
            if b"/health/" in head:
                await asyncio.sleep(float(sys.argv[3]))
            else:
                sys.stderr.write(head.split(b" ")[0].decode() + "\\n")
                sys.stderr.flush()
            if b"/orders/slow" in head:
                await asyncio.sleep(3600)
            body = sys.argv[1].encode()
            writer.write(b"HTTP/1.1 200 OK\\r\\ncontent-length: %d\\r\\n\\r\\n%s" % (len(body), body))
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[2]))
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""
KEYED = {"Idempotency-Key": "k1"}


@dataclass
class Process:
    """A service in a separate process that responds with its name and records its requests."""

    name: str
    port: int = 0
    seen: list[str] = field(default_factory=list)
    ready_seconds: float = 0.0

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", SERVICE, self.name, str(self.port), str(self.ready_seconds),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self.process.stdout
        self.port = int(await self.process.stdout.readline())
        self.counting = asyncio.create_task(self._count())

    async def _count(self) -> None:
        assert self.process.stderr
        while line := await self.process.stderr.readline():
            self.seen.append(line.decode().strip())

    def send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    async def kill(self) -> None:
        self.send(signal.SIGKILL)
        await self.process.wait()
        await self.counting


@pytest_asyncio.fixture
async def two_instances() -> AsyncIterator[tuple[Process, Process]]:
    pair = Process("one"), Process("two")
    for process in pair:
        await process.start()
    yield pair
    for process in pair:
        await process.kill()


def both(pair: Sequence[Process], **settings: Any) -> dict[str, Any]:
    addresses = ",".join(f"http://127.0.0.1:{process.port}" for process in pair)
    return {"UPSTREAMS": {"order": addresses}, "ROUTES": {"/orders": "order"}, **settings}


async def test_instances_are_called_in_turn(start: Any, two_instances: Any) -> None:
    gateway = await start(**both(two_instances))

    answered = Counter([(await gateway.http.get("/orders")).text for _ in range(20)])

    assert answered == {"one": 10, "two": 10}


async def test_a_killed_instance_causes_no_errors_and_returns(start: Any, two_instances: Any) -> None:
    gateway = await start(**both(two_instances, BREAKER_OPEN_SECONDS=0.1))
    await gateway.http.get("/orders")
    await two_instances[0].kill()

    # The connection is refused, so nothing was sent: even an unrepeatable request goes to the other instance.
    answers = [await gateway.http.post("/orders") for _ in range(10)]
    answers += [await gateway.http.get("/orders") for _ in range(10)]
    assert {(one.status_code, one.text) for one in answers} == {(200, "two")}
    metrics = (await gateway.http.get("/metrics")).text
    assert 'gateway_instances_ejected{upstream="order"} 1.0' in metrics
    assert 'gateway_circuit_open{upstream="order"} 0.0' in metrics

    await two_instances[0].start()

    async def called_again() -> bool:
        return bool((await gateway.http.get("/orders")).text == "one")

    assert await eventually(called_again)


async def test_calls_wait_for_an_instance_that_has_just_restarted(start: Any, two_instances: Any) -> None:
    gateway = await start(**both(two_instances, BREAKER_THRESHOLD=1, BREAKER_OPEN_SECONDS=600))
    for process in two_instances:
        await process.kill()
    assert {(await gateway.http.get("/orders")).status_code for _ in range(4)} == {503}

    two_instances[0].ready_seconds = 1.5
    await two_instances[0].start()
    answers = await asyncio.gather(*(gateway.http.post("/orders") for _ in range(10)))

    assert Counter((one.status_code, one.text) for one in answers) == {(200, "one"): 10}


async def test_a_call_does_not_wait_for_a_restarted_instance_longer_than_its_own_time_out(
    start: Any, two_instances: Any
) -> None:
    settings = {"BREAKER_THRESHOLD": 1, "BREAKER_OPEN_SECONDS": 600, "UPSTREAM_TIMEOUT": 0.3}
    gateway = await start(**both(two_instances[:1], **settings))
    await two_instances[0].kill()
    assert (await gateway.http.get("/orders")).status_code == 503

    two_instances[0].ready_seconds = 3600
    await two_instances[0].start()
    began = time.monotonic()
    refused = await gateway.http.get("/orders")

    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/circuit-open")
    assert 0.3 <= time.monotonic() - began < 2


async def test_a_frozen_instance_delays_few_and_only_unrepeatable_requests_fail(start: Any, two_instances: Any) -> None:
    settings = {"STALL_CALLS": 2, "STALL_SECONDS": 0.3, "UPSTREAM_TIMEOUT": 4, "BREAKER_OPEN_SECONDS": 0.1}
    gateway = await start(**both(two_instances, **settings))
    for _ in range(4):
        await gateway.http.get("/orders")
    two_instances[0].send(signal.SIGSTOP)

    plain = [asyncio.create_task(gateway.http.post("/orders")) for _ in range(2)]
    safe = [asyncio.create_task(gateway.http.get("/orders")) for _ in range(2)]
    keyed = [asyncio.create_task(gateway.http.post("/orders", headers=KEYED)) for _ in range(2)]
    answered = await asyncio.gather(*safe, *keyed)
    assert {(one.status_code, one.text) for one in answered} == {(200, "two")}

    async def ejected() -> bool:
        await gateway.http.get("/orders")
        return 'gateway_instances_ejected{upstream="order"} 1.0' in (await gateway.http.get("/metrics")).text

    assert await eventually(ejected)
    async with asyncio.timeout(2):
        after = [await gateway.http.post("/orders") for _ in range(20)]
    assert {one.text for one in after} == {"two"}
    assert sorted(one.status_code for one in await asyncio.gather(*plain)) == [200, 504]

    two_instances[0].send(signal.SIGCONT)

    async def called_again() -> bool:
        return bool((await gateway.http.get("/orders")).text == "one")

    assert await eventually(called_again)


@pytest.mark.parametrize(
    ("method", "headers", "status"), [("GET", {}, 200), ("POST", KEYED, 200), ("POST", {}, 503), ("PATCH", {}, 503)]
)
async def test_only_safe_requests_are_repeated_on_another_instance(
    start: Any, two_instances: Any, method: str, headers: dict[str, str], status: int
) -> None:
    gateway = await start(**both(two_instances))
    await gateway.http.get("/orders")
    pending_request = asyncio.create_task(gateway.http.request(method, "/orders/slow", headers=headers))

    async def arrived() -> Any:
        return next(
            (process for process in two_instances if process.seen[-1:] == [method] and len(process.seen) > 0), None
        )

    first = await eventually(arrived)
    await first.kill()
    if status == 200:
        other = two_instances[0] if first is two_instances[1] else two_instances[1]

        async def repeated() -> bool:
            return method in other.seen

        assert await eventually(repeated)
        pending_request.cancel()
    else:
        response = await pending_request
        assert (response.status_code, response.json()["type"]) == (status, "/problems/service-down")


async def test_a_rolling_restart_causes_no_errors(start: Any, two_instances: Any) -> None:
    gateway = await start(**both(two_instances, BREAKER_THRESHOLD=1, BREAKER_OPEN_SECONDS=30))
    answers = []
    for process in two_instances:
        await process.kill()
        answers += [await gateway.http.post("/orders") for _ in range(4)]
        await process.start()
        answers += [await gateway.http.post("/orders")]

    assert [one.status_code for one in answers] == [200] * len(answers)


async def test_the_response_without_any_instance_has_retry_after(start: Any, two_instances: Any) -> None:
    gateway = await start(**both(two_instances, BREAKER_THRESHOLD=1, BREAKER_OPEN_SECONDS=30))
    for process in two_instances:
        await process.kill()

    refused = [await gateway.http.get("/orders") for _ in range(2)]

    assert [one.json()["type"] for one in refused] == ["/problems/service-down", "/problems/circuit-open"]
    assert all(one.headers["retry-after"] for one in refused)


@pytest.mark.parametrize("url", ["", "order:8003", "http://a,", "http://a, ,http://b", "ftp://a"])
def test_an_invalid_address_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValidationError, match="no address like"):
        GatewaySettings(_env_file=None, upstreams={"order": url}, routes={})


def test_addresses_are_separated_by_commas() -> None:
    settings = GatewaySettings(_env_file=None, upstreams={"user": "http://a:1/, http://b:2"}, routes={})

    assert settings.addresses("user") == ["http://a:1", "http://b:2"]
    assert settings.auth_jwks_url == "http://a:1/.well-known/jwks.json"


async def test_older_waiting_calls_do_not_eject_a_returned_instance(start: Any, two_instances: Any) -> None:
    settings = {"STALL_CALLS": 2, "STALL_SECONDS": 0.5, "BREAKER_OPEN_SECONDS": 0.1, "UPSTREAM_TIMEOUT": 20}
    gateway = await start(**both(two_instances[:1], **settings))
    await gateway.http.get("/orders")
    waiting = [asyncio.create_task(gateway.http.post("/orders/slow")) for _ in range(2)]

    async def ejected() -> bool:
        await asyncio.sleep(0.6)
        return bool((await gateway.http.get("/orders")).status_code == 503)

    async def returned() -> bool:
        return 'gateway_circuit_open{upstream="order"} 0.0' in (await gateway.http.get("/metrics")).text

    assert await eventually(ejected)
    assert await eventually(returned)
    assert (await gateway.http.get("/orders")).status_code == 200
    assert not any(call.done() for call in waiting)
    for call in waiting:
        call.cancel()
