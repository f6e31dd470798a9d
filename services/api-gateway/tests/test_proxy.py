import asyncio
from typing import Any
from uuid import UUID

import pytest

from foodchassis.testing import Issuer, eventually


async def test_a_request_and_its_response_are_forwarded(gateway: Any, build_response: Any) -> None:
    gateway.service.reply = build_response(b'{"id": 7}', b"201 Created", (b"Location", b"/orders/7"), (b"ETag", b'"1"'))

    response = await gateway.http.post("/orders?expand=a%20b&x=%2F", json={"tip": 100})

    assert (response.status_code, response.json()) == (201, {"id": 7})
    assert (response.headers["location"], response.headers["etag"]) == ("/orders/7", '"1"')
    seen = gateway.service.seen[0]
    assert (seen.method, seen.target, seen.body) == ("POST", "/orders?expand=a%20b&x=%2F", b'{"tip":100}')
    assert seen.values("content-type") == ["application/json"]


async def test_refusals_of_a_service_are_forwarded_unchanged(gateway: Any, build_response: Any) -> None:
    gateway.service.reply = build_response(b'{"status": 405}', b"405 Method Not Allowed", (b"Allow", b"POST"))

    response = await gateway.http.delete("/orders")

    assert (response.status_code, response.headers["allow"], response.json()) == (405, "POST", {"status": 405})


async def test_identity_and_hop_by_hop_headers_are_not_forwarded_to_services(gateway: Any) -> None:
    forged = {
        "X-User-Id": "admin", "X_User_Id": "admin", "X-Forwarded-For": "1.2.3.4", "Forwarded": "for=1.2.3.4",
        "X-Real-IP": "1.2.3.4", "X-Forwarded-Proto": "https", "X-Forwarded-User": "admin", "X-Roles": "admin",
        "Connection": "keep-alive, X-Secret", "X-Secret": "for one hop", "Keep-Alive": "timeout=5", "TE": "trailers",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "baggage": "a=b",
        "X-Http-Method-Override": "DELETE", "Proxy-Authorization": "Basic eDp5",
    }  # fmt: skip

    await gateway.http.get("/orders", headers={**forged, "Accept-Language": "de"})

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


async def test_the_client_address_of_a_trusted_proxy_is_used(start: Any) -> None:
    gateway = await start(TRUSTED_PROXIES=["127.0.0.0/8"])
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = {"X-Forwarded-For": "6.6.6.6, 9.9.9.9, 127.0.0.2", "X-Forwarded-Proto": "https", "traceparent": trace}

    await gateway.http.get("/orders", headers=headers)

    seen = gateway.service.seen[0]
    assert seen.values("x-forwarded-for") == ["9.9.9.9"]
    assert seen.values("x-forwarded-proto") == ["https"]
    assert seen.values("traceparent") == [trace]


async def test_hop_by_hop_headers_of_a_response_are_not_forwarded(gateway: Any, build_response: Any) -> None:
    gateway.service.reply = build_response(
        b"{}", b"200 OK", (b"Connection", b"X-Inside"), (b"X-Inside", b"1"), (b"Server", b"s"), (b"Keep-Alive", b"9"),
        (b"Location", b"http://127.0.0.1:%d/orders" % gateway.service.port),
        (b"Set-Cookie", b"a=1"), (b"Set-Cookie", b"b=2"),
    )  # fmt: skip

    response = await gateway.http.get("/orders/")

    assert not {"x-inside", "server", "keep-alive", "connection", "date"} & set(response.headers)
    assert response.headers["location"] == "/orders"
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]


async def test_a_request_has_a_gateway_id_and_the_client_id(gateway: Any, build_response: Any) -> None:
    gateway.service.reply = build_response(b"{}", b"200 OK", (b"X-Request-Id", b"another"))

    given = await gateway.http.get("/orders", headers={"X-Request-Id": "checkout-0001"})
    unreadable = await gateway.http.get("/orders", headers={"X-Request-Id": "no good\t!"})
    own = await gateway.http.get("/nowhere", headers={"X-Request-Id": "checkout-0002"})

    ids = [one.headers["x-request-id"] for one in (given, unreadable, own)]
    assert len(set(ids)) == 3
    assert all(UUID(one) for one in ids)
    assert [seen.values("x-request-id") for seen in gateway.service.seen] == [[ids[0]], [ids[1]]]
    assert own.json()["request_id"] == ids[2]
    assert [one.headers.get("x-client-request-id") for one in (given, unreadable, own)] == [
        "checkout-0001", None, "checkout-0002",
    ]  # fmt: skip


async def test_the_request_id_of_a_trusted_proxy_is_used(start: Any) -> None:
    gateway = await start(TRUSTED_PROXIES=["127.0.0.0/8"])

    response = await gateway.http.get("/orders", headers={"X-Request-Id": "ingress-0001"})

    assert response.headers["x-request-id"] == "ingress-0001"
    assert gateway.service.seen[0].values("x-request-id") == ["ingress-0001"]


@pytest.mark.parametrize("path", ["/nowhere", "/ordersx", "/", "/metrics/x", "/admin"])
async def test_an_unknown_path_gets_404_from_the_gateway(gateway: Any, path: str) -> None:
    response = await gateway.http.get(path)

    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
    assert gateway.service.seen == []


async def test_responses_without_a_body_keep_their_framing(gateway: Any, build_response: Any) -> None:
    gateway.service.reply = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
    unchanged = await gateway.http.get("/restaurants", headers={"If-None-Match": '"1"'})
    gateway.service.reply = b"HTTP/1.1 204 No Content\r\n\r\n"
    gone = await gateway.http.delete("/users/me")

    assert (unchanged.status_code, unchanged.headers["etag"]) == (304, '"1"')
    assert (gone.status_code, gone.content) == (204, b"")


async def test_head_is_supported_wherever_get_is(gateway: Any, build_response: Any) -> None:
    gateway.service.reply = build_response(b'{"items": []}', b"200 OK", (b"ETag", b'"1"'))

    for path in ("/restaurants", "/health/live", "/health/ready", "/openapi.json", "/docs"):
        head, get = await gateway.http.head(path), await gateway.http.get(path)
        assert (head.status_code, head.content) == (200, b""), path
        for name in ("content-length", "content-type", "etag"):
            assert head.headers.get(name) == get.headers.get(name), (path, name)

    assert {seen.method for seen in gateway.service.seen} == {"GET"}


async def test_head_of_a_stream_ends_immediately(gateway: Any) -> None:
    async def stream(_: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n")
        await writer.wait_closed()

    gateway.service.reply = stream
    head = await gateway.http.head("/orders/1/stream")

    assert (head.status_code, head.content) == (200, b"")
    assert gateway.app._clients.streams.in_use == 0


async def test_a_service_that_refuses_a_method_allows_head_with_get(gateway: Any, build_response: Any) -> None:
    gateway.service.reply = build_response(b"{}", b"405 Method Not Allowed", (b"Allow", b"GET, POST"))

    assert (await gateway.http.delete("/orders")).headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(("method", "path"), [("POST", "/docs"), ("DELETE", "/openapi.json"), ("PUT", "/health/live")])
async def test_a_wrong_method_gets_a_problem_with_the_allowed_ones(gateway: Any, method: str, path: str) -> None:
    response = await gateway.http.request(method, path)

    assert (response.status_code, response.headers["content-type"]) == (405, "application/problem+json")
    assert "GET" in response.headers["allow"]


@pytest.mark.parametrize("path", ["/docs/", "/health/live/", "/openapi.json/"])
async def test_no_redirect_is_built_from_the_host(gateway: Any, path: str) -> None:
    response = await gateway.http.get(path, headers={"Host": "evil.example"})

    assert response.status_code == 404
    assert "evil" not in str(response.headers)


async def test_responses_have_security_and_cache_headers(start: Any, issuer: Issuer, build_response: Any) -> None:
    plain = await start()
    private = await plain.http.get("/orders", headers=issuer.bearer())
    public = await plain.http.get("/restaurants")
    plain.service.reply = build_response(
        b"{}", b"200 OK", (b"Cache-Control", b"max-age=5"), (b"Strict-Transport-Security", b"x")
    )
    chosen = await plain.http.get("/orders", headers=issuer.bearer())
    own = await plain.http.get("/health/live")
    refused = await plain.http.get("/orders", headers={"Authorization": "Bearer x"})

    assert {one.headers["x-content-type-options"] for one in (private, public, chosen, own, refused)} == {"nosniff"}
    assert not any("strict-transport-security" in one.headers for one in (private, public, chosen, own, refused))
    assert [one.headers.get("cache-control") for one in (private, public, chosen, refused)] == [
        "no-store", None, "max-age=5", "no-store",
    ]  # fmt: skip


@pytest.mark.parametrize("settings", [{"BEHIND_TLS": "true"}, {"AUTH_ISSUER": "https://api.example.com"}])
async def test_hsts_is_sent_behind_tls(start: Any, settings: dict[str, str]) -> None:
    gateway = await start(**settings)

    for path in ("/restaurants", "/health/live", "/nowhere"):
        assert (await gateway.http.get(path)).headers["strict-transport-security"].startswith("max-age=31536000")


async def test_requests_run_concurrently(gateway: Any, build_response: Any) -> None:
    together = asyncio.Barrier(20)

    async def reply(_: Any, writer: asyncio.StreamWriter) -> None:
        await together.wait()
        writer.write(build_response())
        await writer.drain()

    gateway.service.reply = reply
    responses = await asyncio.gather(*(gateway.http.get(f"/orders/{n}") for n in range(20)))

    assert {response.status_code for response in responses} == {200}

    async def all_seen() -> bool:
        return len(gateway.service.seen) == 20

    assert await eventually(all_seen)
