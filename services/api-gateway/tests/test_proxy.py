import asyncio
from typing import Any

import pytest

from foodctl.testing import eventually


async def test_a_request_reaches_its_service_and_the_answer_comes_back(gateway: Any, answering: Any) -> None:
    gateway.service.reply = answering(b'{"id": 7}', b"201 Created", (b"Location", b"/orders/7"), (b"ETag", b'"1"'))

    response = await gateway.http.post("/orders?expand=a%20b&x=%2F", json={"tip": 100})

    assert (response.status_code, response.json()) == (201, {"id": 7})
    assert (response.headers["location"], response.headers["etag"]) == ("/orders/7", '"1"')
    seen = gateway.service.seen[0]
    assert (seen.method, seen.target, seen.body) == ("POST", "/orders?expand=a%20b&x=%2F", b'{"tip":100}')
    assert seen.values("content-type") == ["application/json"]


async def test_refusals_of_a_service_pass_unchanged(gateway: Any, answering: Any) -> None:
    gateway.service.reply = answering(b'{"status": 405}', b"405 Method Not Allowed", (b"Allow", b"GET"))

    response = await gateway.http.delete("/orders")

    assert (response.status_code, response.headers["allow"], response.json()) == (405, "GET", {"status": 405})


async def test_identity_and_hop_headers_never_reach_a_service(gateway: Any) -> None:
    spoofed = {
        "X-User-Id": "admin", "X_User_Id": "admin", "X-Forwarded-For": "1.2.3.4", "Forwarded": "for=1.2.3.4",
        "X-Real-IP": "1.2.3.4", "X-Forwarded-Proto": "https", "X-Forwarded-User": "admin", "X-Roles": "admin",
        "Connection": "keep-alive, X-Secret", "X-Secret": "for one hop", "Keep-Alive": "timeout=5", "TE": "trailers",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "baggage": "a=b",
        "X-Http-Method-Override": "DELETE", "Proxy-Authorization": "Basic eDp5",
    }  # fmt: skip

    await gateway.http.get("/orders", headers={**spoofed, "Accept-Language": "de"})

    seen = gateway.service.seen[0]
    text = "\n".join(f"{name}: {value}" for name, value in seen.headers).lower()
    for word in (
        "admin",
        "1.2.3.4",
        "secret",
        "keep-alive",
        "trailers",
        "0af7651916cd43dd8448eb211c80319c",
        "baggage",
        "override",
        "proxy-",
    ):
        assert word not in text
    assert seen.values("x-forwarded-for") == ["127.0.0.1"]
    assert seen.values("x-forwarded-proto") == ["http"]
    assert seen.values("x-forwarded-host") == [f"127.0.0.1:{gateway.port}"]
    assert seen.values("accept-language") == ["de"]


async def test_a_trusted_proxy_is_believed(start: Any) -> None:
    gateway = await start(TRUSTED_PROXIES=["127.0.0.0/8"])
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = {"X-Forwarded-For": "6.6.6.6, 9.9.9.9, 127.0.0.2", "X-Forwarded-Proto": "https", "traceparent": trace}

    await gateway.http.get("/orders", headers=headers)

    seen = gateway.service.seen[0]
    assert seen.values("x-forwarded-for") == ["9.9.9.9"]
    assert seen.values("x-forwarded-proto") == ["https"]
    assert seen.values("traceparent") == [trace]


async def test_hop_headers_of_an_answer_stay_behind(gateway: Any, answering: Any) -> None:
    gateway.service.reply = answering(
        b"{}", b"200 OK", (b"Connection", b"X-Inside"), (b"X-Inside", b"1"), (b"Server", b"s"), (b"Keep-Alive", b"9"),
        (b"Location", b"http://127.0.0.1:%d/orders" % gateway.service.port),
        (b"Set-Cookie", b"a=1"), (b"Set-Cookie", b"b=2"),
    )  # fmt: skip

    response = await gateway.http.get("/orders/")

    assert not {"x-inside", "server", "keep-alive", "connection", "date"} & set(response.headers)
    assert response.headers["location"] == "/orders"
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]


async def test_one_request_id_goes_all_the_way(gateway: Any, answering: Any) -> None:
    gateway.service.reply = answering(b"{}", b"200 OK", (b"X-Request-Id", b"another"))

    given = await gateway.http.get("/orders", headers={"X-Request-Id": "checkout-0001"})
    made = await gateway.http.get("/orders", headers={"X-Request-Id": "no good\t!"})
    own = await gateway.http.get("/nowhere")

    assert given.headers["x-request-id"] == "checkout-0001"
    assert gateway.service.seen[0].values("x-request-id") == ["checkout-0001"]
    assert gateway.service.seen[1].values("x-request-id") == [made.headers["x-request-id"]]
    assert own.json()["request_id"] == own.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/nowhere", "/ordersx", "/", "/metrics/x", "/admin"])
async def test_what_is_not_routed_is_a_404_of_the_gateway(gateway: Any, path: str) -> None:
    response = await gateway.http.get(path)

    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
    assert gateway.service.seen == []


async def test_head_and_bodiless_answers_keep_their_framing(gateway: Any, answering: Any) -> None:
    gateway.service.reply = b"HTTP/1.1 200 OK\r\ncontent-length: 42\r\n\r\n"
    head = await gateway.http.head("/restaurants")
    gateway.service.reply = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
    unchanged = await gateway.http.get("/restaurants", headers={"If-None-Match": '"1"'})
    gateway.service.reply = b"HTTP/1.1 204 No Content\r\n\r\n"
    gone = await gateway.http.delete("/users/me")

    assert (head.status_code, head.headers["content-length"], head.content) == (200, "42", b"")
    assert (unchanged.status_code, unchanged.headers["etag"]) == (304, '"1"')
    assert (gone.status_code, gone.content) == (204, b"")


async def test_requests_run_side_by_side(gateway: Any, answering: Any) -> None:
    together = asyncio.Barrier(20)

    async def reply(_: Any, writer: asyncio.StreamWriter) -> None:
        await together.wait()
        writer.write(answering())
        await writer.drain()

    gateway.service.reply = reply
    responses = await asyncio.gather(*(gateway.http.get(f"/orders/{n}") for n in range(20)))

    assert {response.status_code for response in responses} == {200}

    async def all_seen() -> bool:
        return len(gateway.service.seen) == 20

    assert await eventually(all_seen)
