import asyncio
import socket
from time import monotonic
from typing import Any

import pytest

from foodchassis.testing import Issuer, eventually


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def problem(response: Any) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["type"].removeprefix("/problems/")


@pytest.fixture
def order_service_down() -> dict[str, Any]:
    return {"UPSTREAMS": {"order": f"http://127.0.0.1:{free_port()}"}, "ROUTES": {"/orders": "order"}}


async def test_a_service_that_is_down_gets_503_and_its_circuit_opens(
    start: Any, order_service_down: dict[str, Any]
) -> None:
    gateway = await start(**order_service_down, BREAKER_THRESHOLD=2, BREAKER_OPEN_SECONDS=30)

    responses = [await gateway.http.get("/orders") for _ in range(3)]

    assert [problem(one) for one in responses] == [(503, "service-down")] * 2 + [(503, "circuit-open")]
    assert responses[0].headers["retry-after"] == "2"
    assert 1 <= int(responses[2].headers["retry-after"]) <= 30
    metrics = (await gateway.http.get("/metrics")).text
    assert 'gateway_circuit_open{upstream="order"} 1.0' in metrics


async def test_a_recovered_service_is_used_again(start: Any, service: Any) -> None:
    port = service.port
    await service.stop()
    ways = {"UPSTREAMS": {"order": f"http://127.0.0.1:{port}"}, "ROUTES": {"/orders": "order"}}
    gateway = await start(**ways, BREAKER_THRESHOLD=1, BREAKER_OPEN_SECONDS=0.05)
    assert (await gateway.http.get("/orders")).status_code == 503

    await service.start(port)

    async def answered() -> bool:
        return bool((await gateway.http.get("/orders")).status_code == 200)

    assert await eventually(answered)


async def test_a_failing_service_does_not_affect_others(start: Any, service: Any) -> None:
    upstreams = {"order": f"http://127.0.0.1:{free_port()}", "menu": f"http://127.0.0.1:{service.port}"}
    routes = {"/orders": "order", "/restaurants": "menu"}
    gateway = await start(UPSTREAMS=upstreams, ROUTES=routes, BREAKER_THRESHOLD=1, BREAKER_OPEN_SECONDS=30)

    assert (await gateway.http.get("/orders")).status_code == 503
    assert (await gateway.http.get("/restaurants")).status_code == 200


async def test_a_slow_service_gets_504_and_counts_for_the_circuit(start: Any) -> None:
    gateway = await start(UPSTREAM_TIMEOUTS={"order": 0.1}, BREAKER_THRESHOLD=2, BREAKER_OPEN_SECONDS=30)

    async def never(_: Any, writer: asyncio.StreamWriter) -> None:
        await writer.wait_closed()

    gateway.service.reply = never
    responses = [await gateway.http.get("/orders") for _ in range(3)]

    assert [problem(one)[0] for one in responses] == [504, 504, 503]
    assert all(int(one.headers["retry-after"]) >= 1 for one in responses)


async def test_a_frozen_service_delays_few_requests(start: Any, build_response: Any) -> None:
    gateway = await start(STALL_CALLS=3, STALL_SECONDS=0.3, UPSTREAM_TIMEOUT=5, BREAKER_OPEN_SECONDS=30)
    await gateway.http.get("/orders")

    async def never(_: Any, writer: asyncio.StreamWriter) -> None:
        await writer.wait_closed()

    gateway.service.reply = never
    started, hung = monotonic(), 0
    pending = set()
    while monotonic() - started < 10:
        pending.add(asyncio.create_task(gateway.http.get("/orders")))
        done, pending = await asyncio.wait(pending, timeout=0.05)
        hung = max(hung, len(pending))
        if done:
            break

    refused = done.pop().result()
    assert problem(refused) == (503, "circuit-open")
    assert int(refused.headers["retry-after"]) == 30
    assert hung <= 15
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)


@pytest.mark.parametrize("status", [b"503 Service Unavailable", b"504 Gateway Timeout"])
async def test_every_503_and_504_has_retry_after(gateway: Any, build_response: Any, status: bytes) -> None:
    gateway.service.reply = build_response(b"{}", status)
    assert (await gateway.http.get("/orders")).headers["retry-after"] == "2"

    gateway.service.reply = build_response(b"{}", status, (b"Retry-After", b"7"))
    assert (await gateway.http.get("/orders")).headers.get_list("retry-after") == ["7"]


@pytest.mark.parametrize(
    ("settings", "refusal"),
    [({"UPSTREAM_CALLS": 2}, (503, "all-in-use")), ({"UPSTREAM_CALLS_PER_CALLER": 2}, (429, "share-in-use"))],
)
async def test_a_full_pool_does_not_count_as_a_failure_of_the_service(
    start: Any, issuer: Issuer, build_response: Any, settings: dict[str, int], refusal: tuple[int, str]
) -> None:
    gateway = await start(**settings, BREAKER_THRESHOLD=1, BREAKER_OPEN_SECONDS=30)
    go = asyncio.Event()

    async def wait(_: Any, writer: asyncio.StreamWriter) -> None:
        await go.wait()
        writer.write(build_response())
        await writer.drain()

    async def both_wait() -> bool:
        return len(gateway.service.seen) == 2

    gateway.service.reply = wait
    ann = issuer.bearer()
    waiting = [asyncio.create_task(gateway.http.get("/orders", headers=ann)) for _ in range(2)]
    await eventually(both_wait)
    refused = [await gateway.http.get("/orders", headers=ann) for _ in range(5)]
    others = asyncio.create_task(gateway.http.get("/orders", headers=issuer.bearer()))
    if refusal[0] == 503:
        await others
    go.set()

    assert [problem(one) for one in refused] == [refusal] * 5
    assert all(int(one.headers["retry-after"]) >= 1 for one in refused)
    assert [one.status_code for one in await asyncio.gather(*waiting)] == [200, 200]
    assert (await others).status_code == (503 if refusal[0] == 503 else 200)
    assert (await gateway.http.get("/orders", headers=ann)).status_code == 200


async def test_a_stalled_response_gets_504(start: Any) -> None:
    gateway = await start(UPSTREAM_TIMEOUT=0.1)

    async def half(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")
        await writer.wait_closed()

    gateway.service.reply = half

    assert problem(await gateway.http.get("/orders")) == (504, "service-timeout")


@pytest.mark.parametrize(
    "junk",
    [
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhalf",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    ],
)
async def test_an_invalid_response_gets_502(gateway: Any, junk: bytes) -> None:
    async def reply(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(junk)
        await writer.drain()
        writer.close()

    gateway.service.reply = reply

    assert problem(await gateway.http.get("/orders")) == (502, "bad-answer")


@pytest.mark.parametrize("half", [b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", b"HTTP/1.1 20"])
async def test_a_truncated_response_gets_503(gateway: Any, half: bytes) -> None:
    async def reply(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(half)
        await writer.drain()
        writer.close()

    gateway.service.reply = reply

    refused = await gateway.http.post("/orders")

    assert problem(refused) == (503, "service-down")
    assert refused.headers["retry-after"] == "2"


async def test_errors_of_a_service_do_not_open_its_circuit(start: Any, build_response: Any) -> None:
    gateway = await start(BREAKER_THRESHOLD=1)
    gateway.service.reply = build_response(b"{}", b"500 Internal Server Error")

    assert [(await gateway.http.get("/orders")).status_code for _ in range(3)] == [500] * 3


@pytest.mark.parametrize(
    ("method", "headers", "statuses"),
    [("GET", {}, [200, 200]), ("POST", {"Idempotency-Key": "k1"}, [200, 200]), ("POST", {}, [200, 503])],
)
async def test_only_repeatable_requests_are_retried(
    gateway: Any, build_response: Any, method: str, headers: dict[str, str], statuses: list[int]
) -> None:
    async def hang_up_once(_: Any, writer: asyncio.StreamWriter) -> None:
        if len(gateway.service.seen) == 2:
            writer.close()
        else:
            writer.write(build_response())
            await writer.drain()

    gateway.service.reply = hang_up_once
    responses = [await gateway.http.request(method, "/orders", headers=headers) for _ in range(2)]

    assert [one.status_code for one in responses] == statuses


async def test_a_silent_stream_is_ended(start: Any) -> None:
    gateway = await start(STREAM_IDLE_TIMEOUT=0.1)

    async def one_event(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n")
        await writer.wait_closed()

    gateway.service.reply = one_event

    assert (await gateway.http.get("/orders/1/stream")).content == b"data: 1\n\n"


async def test_after_a_stale_connection_a_new_one_is_opened(gateway: Any, build_response: Any) -> None:
    used: set[asyncio.StreamWriter] = set()
    three = asyncio.Event()

    async def once(_: Any, writer: asyncio.StreamWriter) -> None:
        if writer in used:
            writer.transport.abort()
            return
        used.add(writer)
        if len(used) == 3:
            three.set()
        await three.wait()
        writer.write(build_response())

    gateway.service.reply = once
    await asyncio.gather(*(gateway.http.get("/orders") for _ in range(3)))

    assert (await gateway.http.get("/orders")).status_code == 200
    assert len(used) == 4


async def test_a_repeatable_request_is_retried_once(gateway: Any) -> None:
    async def hang_up(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    gateway.service.reply = hang_up

    assert (await gateway.http.get("/orders")).status_code == 503
    assert len(gateway.service.seen) == 2
