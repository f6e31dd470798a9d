import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from foodchassis import Database, now
from foodchassis.testing import Issuer
from order_service.models import LastVerification
from order_service.schemas import Verification
from order_service.settings import OrderSettings
from order_service.verified import store

PATH = "/operations/order-service/verification"
INVARIANT = {"invariant": 4, "title": "paid is what is owed", "checked": 12, "violations": 1}
VIOLATION = {"invariant": 4, "subject": "order 1", "says": "captured twice", "detail": "2 > 1"}


def a_run(minutes_ago: int = 0, **more: Any) -> Verification:
    at = now() - timedelta(minutes=minutes_ago)
    known = {"ok": False, "seconds": 1.5, "invariants": [INVARIANT], "violations": [VIOLATION], "undecided": 0}
    return Verification.model_validate_json(json.dumps({"at": at.isoformat(), **known, **more}))


async def test_there_is_no_result_before_the_first_run(client: httpx2.AsyncClient, issuer: Issuer) -> None:
    answer = await client.get(PATH, headers=issuer.bearer("admin"))

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/never-verified")
    assert "foodctl verify" in answer.json()["detail"]


async def test_admins_see_the_latest_run_in_any_order_of_storage(client: httpx2.AsyncClient, issuer: Issuer) -> None:
    last = a_run(ok=True, violations=[], undecided=3)
    for run in (a_run(60), last, a_run(30), last):
        await store(OrderSettings(), run)

    answer = await client.get(PATH, headers=issuer.bearer("admin"))

    assert (answer.status_code, answer.json()) == (200, last.model_dump(mode="json"))


async def test_fields_of_another_release_are_omitted(client: httpx2.AsyncClient, app: FastAPI, issuer: Issuer) -> None:
    stored = a_run()
    found = stored.model_dump(mode="json") | {"host": "x", "violations": [{**VIOLATION, "since": 3}]}
    async with app.state.resources.get(Database).transaction() as session:
        session.add(LastVerification(id=1, at=stored.at, found=found))

    answer = await client.get(PATH, headers=issuer.bearer("admin"))

    assert (answer.status_code, answer.json()) == (200, stored.model_dump(mode="json"))


@pytest.mark.parametrize("role", ["customer", "restaurant", "driver"])
async def test_the_result_is_refused_to_other_roles(client: httpx2.AsyncClient, issuer: Issuer, role: str) -> None:
    assert (await client.get(PATH, headers=issuer.bearer(role))).status_code == 403
    assert (await client.get(PATH)).status_code == 401
