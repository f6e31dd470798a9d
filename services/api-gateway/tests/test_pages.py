"""HTML pages: they need nothing from another host, and each problem type has one."""

import json
import re
from typing import Any

import pytest

PROBLEMS = [
    {"slug": "kitchen-on-fire", "status": 409, "title": "The kitchen <burns>", "meaning": "Call the fire brigade."},
    {"slug": "not-found", "status": 404, "title": "There is no such thing", "meaning": "Nothing is there."},
]


@pytest.fixture
async def gateway_with_problems(start: Any, service: Any, build_response: Any) -> Any:
    """A gateway in front of a service that has its own problem types."""
    service.reply = build_response(json.dumps({"paths": {}, "x-problems": PROBLEMS}).encode())
    return await start(
        UPSTREAMS={"order": f"http://127.0.0.1:{service.port}"}, ROUTES={"/orders": "order"}, OPENAPI_RETRY=60
    )


async def test_the_reference_needs_no_other_host(gateway: Any) -> None:
    page = await gateway.http.get("/docs")
    used = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    answers = [await gateway.http.get(one) for one in used]

    assert page.status_code == 200
    assert {one.rpartition("/")[2] for one in used} == {
        "swagger-ui-bundle.js",
        "swagger-ui.css",
        "start.js",
        "favicon.png",
    }
    assert [answer.status_code for answer in answers] == [200] * len(used)
    assert all(len(answer.content) > 100 for answer in answers)
    assert "//" not in page.text.replace("<!doctype", "")
    assert 'url: "/openapi.json"' in next(answer.text for answer in answers if "SwaggerUIBundle({" in answer.text)


async def test_the_reference_cannot_load_other_sources(gateway: Any) -> None:
    policy = (await gateway.http.get("/docs")).headers["content-security-policy"].split("; ")

    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy


async def test_the_reference_starts_with_log_in_and_order(gateway: Any) -> None:
    about = (await gateway.http.get("/openapi.json")).json()["info"]["description"]

    steps = ("POST /users", "POST /auth/token", "GET /restaurants", "POST /quotes", "POST /orders", "tok_ok", "/stream")
    places = [about.index(step) for step in steps]
    assert places == sorted(places)


@pytest.mark.parametrize("name", ["redoc.standalone.js", "core.py", "..%2fcore.py", "nothing"])
async def test_no_other_file_is_served(gateway: Any, name: str) -> None:
    answer = await gateway.http.get(f"/docs/assets/{name}")

    assert answer.status_code in {400, 404}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_problem_type_has_a_page(gateway_with_problems: Any) -> None:
    page = await gateway_with_problems.http.get("/problems/kitchen-on-fire")

    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "409" in page.text
    assert "Call the fire brigade." in page.text
    assert "The kitchen &lt;burns&gt;" in page.text
    assert "script-src" in page.headers["content-security-policy"]


async def test_the_problem_type_of_a_refusal_links_to_its_page(gateway_with_problems: Any) -> None:
    refused = (await gateway_with_problems.http.get("/nowhere")).json()
    unknown = await gateway_with_problems.http.get("/problems/made-up")

    assert (await gateway_with_problems.http.get(refused["type"])).status_code == 200
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/no-such-problem")
    assert (await gateway_with_problems.http.get(unknown.json()["type"])).status_code == 200


async def test_all_problems_are_listed(gateway_with_problems: Any) -> None:
    page = (await gateway_with_problems.http.get("/problems")).text

    assert '<a href="/problems/kitchen-on-fire">' in page
    assert '<a href="/problems/rate-limited">' in page
