import asyncio
import json
from typing import Any


def document(path: str) -> bytes:
    operation = {"operationId": "x", "responses": {}, "security": [{"OAuth2PasswordBearer": []}]}
    flows = {"password": {"scopes": {}, "tokenUrl": "/auth/token"}}
    schemes = {"OAuth2PasswordBearer": {"type": "oauth2", "flows": flows}}
    inside: dict[str, Any] = {"get": {"responses": {}}}
    return json.dumps(
        {"paths": {path: {"get": operation}, "/health/live": inside}, "components": {"securitySchemes": schemes}}
    ).encode()


async def test_one_document_describes_all_services_that_are_up(start: Any, service: Any, build_response: Any) -> None:
    upstreams = {"order": f"http://127.0.0.1:{service.port}", "menu": "http://127.0.0.1:1"}
    gateway = await start(UPSTREAMS=upstreams, ROUTES={"/orders": "order", "/restaurants": "menu"}, OPENAPI_RETRY=60)
    service.reply = build_response(document("/orders/{id}"))

    first, again = await asyncio.gather(*(gateway.http.get("/openapi.json") for _ in range(2)))

    joined = first.json()
    assert list(joined["paths"]) == ["/health/live", "/health/ready", "/orders/{id}"]
    assert joined["paths"]["/health/live"]["get"]["tags"] == ["health"]
    assert (
        joined["components"]["securitySchemes"]["OAuth2PasswordBearer"]["flows"]["password"]["tokenUrl"]
        == "/auth/token"
    )
    assert joined["x-unavailable"] == ["menu"]
    assert again.json() == joined
    assert [seen.target for seen in service.seen] == ["/openapi.json"]


async def test_a_complete_document_follows_when_the_service_is_back(
    start: Any, service: Any, build_response: Any
) -> None:
    gateway = await start(
        UPSTREAMS={"order": f"http://127.0.0.1:{service.port}"}, ROUTES={"/orders": "order"}, OPENAPI_RETRY=0
    )
    service.reply = build_response(b"not JSON")
    assert (await gateway.http.get("/openapi.json")).json()["x-unavailable"] == ["order"]

    service.reply = build_response(document("/orders"))

    joined = (await gateway.http.get("/openapi.json")).json()
    assert joined["x-unavailable"] == []
    assert "/orders" in joined["paths"]


async def test_the_document_is_compressed_once_and_has_an_etag(gateway: Any, service: Any, build_response: Any) -> None:
    service.reply = build_response(document("/orders"))

    whole = await gateway.http.get("/openapi.json")
    unchanged = await gateway.http.get("/openapi.json", headers={"If-None-Match": whole.headers["etag"]})
    plain = await gateway.http.get("/openapi.json", headers={"Accept-Encoding": "identity"})

    assert (whole.headers["content-encoding"], whole.json()) == ("gzip", plain.json())
    assert "content-encoding" not in plain.headers
    assert (unchanged.status_code, unchanged.content) == (304, b"")
