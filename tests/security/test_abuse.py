"""Business abuse by well-formed requests of real accounts."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from e2e.running import Running
from security.attacks import read, repeated
from security.operations import Answer, Call
from security.world import World, client, made_up

from foodctl.catalog import SERVICES

CORPUS: dict[str, Any] = read("texts")
# An unpaired surrogate, which UTF-8 cannot encode.
TEXTS = [*(repeated(text) for text in CORPUS["texts"].values()), "a\ud800b"]
NUMBERS = [*CORPUS["numbers"], float("nan"), float("inf")]
# A short run tries one value in this many in each body, so that each is tried in many bodies.
SHARE = 4
TOO_MUCH = (-1, 10**15, 2**63, 0.5)
Path = tuple[str | int, ...]


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=[pytest.mark.security, pytest.mark.timeout(300)])])
async def test_no_text_or_number_causes_a_server_error(
    running: Running, world: World, calls: list[Call], every: bool
) -> None:
    """Try each value in `every` field, or some values in each body."""
    wrong: dict[tuple[str, Path, str], Any] = {}
    tried = 0
    async with client(world) as http:
        for turn, call in enumerate(_with_body(calls)):
            token, ids = await call.caller(world, _somebody(call))
            for where, value in _values(call.body(ids), None if every else turn):
                body = _replaced(call.body(ids), where, value)
                answer = await call.send(http, token, ids | made_up(), body)
                tried += 1
                if answer.status >= 500 or _is_taken_for_money(where, value, answer):
                    wrong[call.name, where, repr(value)[:40]] = (answer.status, answer.text[:300])
        for call in calls:
            if call.method == "GET" and call.expected(_somebody(call)) is None:
                token, ids = await call.caller(world, _somebody(call))
                assert (await call.send(http, token, ids)).status < 500, f"{call.name} cannot show what was stored"
    assert wrong == {}
    assert tried > (400 if every else 250)
    for service in SERVICES:
        lines = (running.state.logs / f"{service.name}.log").read_text().splitlines()
        assert [line for line in lines if line.startswith("FORGED")] == [], service.name


async def test_fields_of_the_server_cannot_be_set(world: World, calls: list[Call]) -> None:
    wrong: dict[str, Any] = {}
    async with client(world) as http:
        for call in _with_body(calls):
            token, ids = await call.caller(world, _somebody(call))
            body = call.body(ids)
            added = CORPUS["members"].keys() - body
            answer = await call.send(http, token, ids | made_up(), CORPUS["members"] | body)
            refused = {fault["field"].removeprefix("body.") for fault in json.loads(answer.text).get("errors", ())}
            if answer.status != 422 or not added <= refused:
                wrong[call.name] = (answer.status, added - refused, answer.text[:300])
    assert wrong == {}


async def test_a_sign_up_cannot_gain_privileges(world: World, calls: list[Call]) -> None:
    sign_up = next(call for call in calls if call.name == "sign_up")
    ids = world.ids | made_up()
    first = sign_up.body(ids)
    local, _, domain = ids["new_email"].partition("@")
    looks = [
        first["email"].upper(),
        f" {first['email']}",
        f"{first['email']}\u200b",
        f"{local}\uff20{domain}",
        f"{local}@{domain}.",
    ]
    async with client(world) as http:
        assert (await sign_up.send(http, None, ids, first)).status == 201
        for role in ("admin", "Admin", "system", "restaurant,admin", ["admin"], None):
            answer = await sign_up.send(http, None, ids, {**first, **_another(), "role": role})
            assert answer.status == 422, (role, answer.text)
        for email in looks:
            answer = await sign_up.send(http, None, ids, {**first, "email": email})
            assert answer.status in {409, 422}, (email, answer.text)


async def test_amounts_cannot_be_manipulated(world: World, calls: list[Call]) -> None:
    by_name = {call.name: call for call in calls}
    async with client(world) as http:
        order, refund = by_name["place_order"], by_name["refund_payment"]
        cheaper = {**order.body(world.ids), "expected_total": 1}
        assert (await order.send(http, world.tokens["customer"], world.ids, cheaper)).status in {409, 422}
        too_much = {"amount": 100_000_000, "reason": "All of it"}
        assert (await refund.send(http, world.tokens["admin"], world.ids, too_much)).status == 409
        for quantity in (-1, 0, 51, 2**31):
            body = order.body(world.ids)
            body["items"][0]["quantity"] = quantity
            assert (await order.send(http, world.tokens["customer"], world.ids, body)).status == 422, quantity


def _with_body(calls: list[Call]) -> list[Call]:
    return [call for call in calls if "body" in call.policy]


def _somebody(call: Call) -> str:
    """Return an admitted identity."""
    return next(one for one in ("customer", "restaurant", "driver", "admin") if call.expected(one) is None)


def _another() -> dict[str, str]:
    return {"email": made_up()["new_email"]}


def _values(body: Any, turn: int | None) -> Iterator[tuple[Path, Any]]:
    """Yield places and values: each value in every field, or the share of a turn in one field after the other."""
    for kinds, values in ((str, TEXTS), ((int, float), NUMBERS)):
        places = [where for where, value in _leaves(body) if isinstance(value, kinds)]
        if turn is None:
            yield from ((where, value) for where in places for value in values)
        elif places:
            share = enumerate(values[turn % SHARE :: SHARE], turn)
            yield from ((places[number % len(places)], value) for number, value in share)
    for where, _ in _leaves(body):
        if where[-1] in CORPUS["money"]:
            yield from ((where, value) for value in TOO_MUCH)


def _leaves(value: Any, where: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(one, (*where, key))
    else:
        yield where, value


def _replaced(body: Any, where: Path, value: Any) -> Any:
    changed = copy.deepcopy(body)
    holder = changed
    for key in where[:-1]:
        holder = holder[key]
    holder[where[-1]] = value
    return changed


def _is_taken_for_money(where: Path, value: Any, answer: Answer) -> bool:
    """Return whether an invalid amount was accepted as money."""
    numeric = isinstance(value, int | float) and value in TOO_MUCH
    return where[-1] in CORPUS["money"] and numeric and answer.status not in {400, 422}
