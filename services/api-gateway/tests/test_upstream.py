import asyncio
import socket
from typing import Any

import pytest

from foodctl.testing import eventually


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


def problem(response: Any) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["type"].removeprefix("/problems/")


@pytest.fixture
def order_is_down() -> dict[str, Any]:
    return {"UPSTREAMS": {"order": f"http://127.0.0.1:{free_port()}"}, "ROUTES": {"/orders": "order"}}


async def test_a_service_that_is_down_is_a_503_then_its_circuit_opens(
    start: Any, order_is_down: dict[str, Any]
) -> None:
    gateway = await start(**order_is_down, BREAKER_THRESHOLD=2, BREAKER_OPEN_SECONDS=30)

    responses = [await gateway.http.get("/orders") for _ in range(3)]

    assert [problem(one) for one in responses] == [(503, "service-down")] * 2 + [(503, "circuit-open")]
    assert responses[0].headers["retry-after"] == "2"
    assert 1 <= int(responses[2].headers["retry-after"]) <= 30
    metrics = (await gateway.http.get("/metrics")).text
    assert 'gateway_circuit_open{upstream="order"} 1.0' in metrics


async def test_a_service_that_comes_back_is_used_again(start: Any, service: Any) -> None:
    port = service.port
    await service.stop()
    ways = {"UPSTREAMS": {"order": f"http://127.0.0.1:{port}"}, "ROUTES": {"/orders": "order"}}
    gateway = await start(**ways, BREAKER_THRESHOLD=1, BREAKER_OPEN_SECONDS=0.05)
    assert (await gateway.http.get("/orders")).status_code == 503

    await service.start(port)

    async def answered() -> bool:
        return bool((await gateway.http.get("/orders")).status_code == 200)

    assert await eventually(answered)


async def test_one_failing_service_leaves_the_others_alone(start: Any, service: Any) -> None:
    upstreams = {"order": f"http://127.0.0.1:{free_port()}", "menu": f"http://127.0.0.1:{service.port}"}
    routes = {"/orders": "order", "/restaurants": "menu"}
    gateway = await start(UPSTREAMS=upstreams, ROUTES=routes, BREAKER_THRESHOLD=1, BREAKER_OPEN_SECONDS=30)

    assert (await gateway.http.get("/orders")).status_code == 503
    assert (await gateway.http.get("/restaurants")).status_code == 200


async def test_a_slow_service_is_a_504_and_counts_for_the_circuit(start: Any) -> None:
    gateway = await start(UPSTREAM_TIMEOUTS={"order": 0.1}, BREAKER_THRESHOLD=2, BREAKER_OPEN_SECONDS=30)

    async def never(_: Any, writer: asyncio.StreamWriter) -> None:
        await writer.wait_closed()

    gateway.service.reply = never
    responses = [await gateway.http.get("/orders") for _ in range(3)]

    assert [problem(one)[0] for one in responses] == [504, 504, 503]


async def test_an_answer_that_stalls_halfway_is_a_504(start: Any) -> None:
    gateway = await start(UPSTREAM_TIMEOUT=0.1)

    async def half(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")
        await writer.wait_closed()

    gateway.service.reply = half

    assert problem(await gateway.http.get("/orders")) == (504, "service-timeout")


@pytest.mark.parametrize(
    "junk",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhalf",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    ],
)
async def test_an_answer_that_is_none_is_a_502(gateway: Any, junk: bytes) -> None:
    async def reply(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(junk)
        await writer.drain()
        writer.close()

    gateway.service.reply = reply

    assert problem(await gateway.http.get("/orders")) == (502, "bad-answer")


async def test_errors_of_a_service_do_not_open_its_circuit(start: Any, answering: Any) -> None:
    gateway = await start(BREAKER_THRESHOLD=1)
    gateway.service.reply = answering(b"{}", b"500 Internal Server Error")

    assert [(await gateway.http.get("/orders")).status_code for _ in range(3)] == [500] * 3


@pytest.mark.parametrize(
    ("method", "headers", "statuses"),
    [("GET", {}, [200, 200]), ("POST", {"Idempotency-Key": "k1"}, [200, 200]), ("POST", {}, [200, 503])],
)
async def test_only_what_is_safe_to_repeat_is_sent_again(
    gateway: Any, answering: Any, method: str, headers: dict[str, str], statuses: list[int]
) -> None:
    async def hang_up_once(_: Any, writer: asyncio.StreamWriter) -> None:
        if len(gateway.service.seen) == 2:
            writer.close()
        else:
            writer.write(answering())
            await writer.drain()

    gateway.service.reply = hang_up_once
    responses = [await gateway.http.request(method, "/orders", headers=headers) for _ in range(2)]

    assert [one.status_code for one in responses] == statuses


async def test_a_stream_that_goes_quiet_is_ended(start: Any) -> None:
    gateway = await start(STREAM_IDLE_TIMEOUT=0.1)

    async def one_event(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n")
        await writer.wait_closed()

    gateway.service.reply = one_event

    assert (await gateway.http.get("/orders/1/stream")).content == b"data: 1\n\n"
