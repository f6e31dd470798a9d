"""The authorisation matrix: every operation of the running system's document for every identity."""

import asyncio
import re
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from security.operations import Answer, Call, calls_of
from security.world import ELSEWHERE, MACHINES, ROLES, STAFF, World, client, made_up

AT_ONCE = 8
BY_REQUEST = re.compile(r'"(request_id|trace_id|instance)":"[^"]*"')


async def test_callers_without_access_are_refused_without_information(world: World, calls: list[Call]) -> None:
    unknown = {name: str(uuid4()) for name in world.ids} | made_up()
    before = await _state(world)
    wrong: dict[tuple[str, str], Any] = {}
    once = asyncio.Semaphore(AT_ONCE)

    async def attempt(http: httpx2.AsyncClient, call: Call, identity: str) -> None:
        expected = call.expected(identity)
        if expected is None:
            return
        token = world.tokens.get(identity)
        async with once:
            foreign = await call.send(http, token, world.ids | made_up())
            strange = await call.send(http, token, unknown)
        told = [word for word in world.private if word in _without_echo(foreign.text, world.ids)]
        known = identity in call.policy.get("too little", ())
        same = known or (foreign.status == strange.status and _plain(foreign, world.ids) == _plain(strange, unknown))
        if foreign.status != expected or told or not same or _careless(call, foreign, token):
            wrong[call.name, identity] = (expected, foreign.status, strange.status, told, same, foreign.text[:300])

    async with client(world) as http:
        identities = ("anonymous", "expired", *world.people())
        await asyncio.gather(*(attempt(http, call, identity) for call in calls for identity in identities))
    assert wrong == {}
    assert await _state(world) == before


async def test_callers_with_access_are_served_and_others_read_nothing(world: World, calls: list[Call]) -> None:
    wrong: dict[tuple[str, str], Any] = {}
    async with client(world) as http:
        for call in calls:
            for identity in ("anonymous", *world.people()):
                if call.expected(identity) is None and not (call.policy.get("fresh") and identity not in ROLES[:3]):
                    token, ids = await call.caller(world, identity)
                    answer = await call.send(http, token, ids)
                    told = [word for word in world.private if word in answer.text]
                    stranger = identity not in {*ROLES, *STAFF, *MACHINES} - {ELSEWHERE} and told
                    if not _admitted(call, answer) or stranger or _careless(call, answer, token):
                        wrong[call.name, identity] = (answer.status, told, answer.text[:300], dict(answer.headers))
    assert wrong == {}


def test_an_operation_without_a_policy_is_a_mistake(world: World) -> None:
    document = httpx2.get(f"{world.url}/openapi.json").json()
    document["paths"]["/secrets"] = {"get": {"operationId": "read_secrets"}}

    with pytest.raises(AssertionError, match="read_secrets"):
        calls_of(document)


def test_policies_and_document_agree_on_authentication(calls: list[Call]) -> None:
    assert {call.name for call in calls if call.secured == (call.policy["roles"] == "public")} == set()


def _admitted(call: Call, answer: Answer) -> bool:
    if "answers" in call.policy:
        return answer.status in call.policy["answers"]
    return 200 <= answer.status < 300 or (call.method != "GET" and answer.status == 409)


def _careless(call: Call, answer: Answer, token: str | None) -> bool:
    """Return whether a response lacks the security headers for browsers and caches."""
    headers = answer.headers
    private = token is not None and call.policy["roles"] != "public"
    sniffed = headers.get("x-content-type-options") != "nosniff"
    stored = private and "no-store" not in headers.get("cache-control", "")
    return sniffed or stored or "strict-transport-security" not in headers


async def _state(world: World) -> dict[str, str]:
    """Return the objects as seen by their parties."""
    paths = {
        "/orders/{order_id}": "customer", "/deliveries/{delivery_id}": "driver", "/payments/{payment_id}": "customer",
        "/restaurants/{restaurant_id}": "restaurant", "/restaurants/{restaurant_id}/menu": "restaurant",
        "/users/me/addresses": "customer", "/users/me": "another customer", "/drivers/me": "another driver",
    }  # fmt: skip
    async with client(world) as http:
        asked = {
            path: await http.get(path.format_map(world.ids), headers={"Authorization": f"Bearer {world.tokens[whose]}"})
            for path, whose in paths.items()
        }
    assert {path: answer.status_code for path, answer in asked.items()} == dict.fromkeys(paths, 200)
    return {path: answer.text for path, answer in asked.items()}


def _without_echo(text: str, ids: dict[str, str]) -> str:
    """Return a response without the ids that the caller sent."""
    for value in ids.values():
        text = text.replace(value, "")
    return text


def _plain(answer: Answer, ids: dict[str, str]) -> str:
    """Return a response without the parts that depend on the request and the ids sent."""
    return BY_REQUEST.sub("", _without_echo(answer.text, ids))
