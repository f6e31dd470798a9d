from collections.abc import Awaitable, Callable

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from foodchassis import Database
from user_service.errors import WeakPasswordError
from user_service.schemas.accounts import AdminCreate
from user_service.service import accounts
from user_service.settings import UserSettings

Ask = Callable[..., Awaitable[httpx2.Response]]
EMMA = {"email": "emma@example.com", "password": "demo-password", "name": "Emma", "role": "customer"}


async def test_production_refuses_log_ins_of_demo_accounts(
    app: FastAPI, client: httpx2.AsyncClient, log_in: Ask
) -> None:
    assert (await client.post("/users", json=EMMA)).status_code == 201
    assert (await log_in(EMMA["email"], EMMA["password"])).status_code == 200
    settings = app.state.resources.get(UserSettings)
    settings.environment, settings.sign_up_confirms_email = "prod", False

    for password in ("demo-password", "DEMO-password"):
        refused = await log_in(EMMA["email"], password)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
        seeded = await client.post("/users", json=EMMA | {"email": "lena@example.com", "password": password})
        assert (seeded.status_code, "demo accounts" in seeded.json()["detail"]) == (422, True)
    admin = AdminCreate(email="root@example.com", name="Root", password=SecretStr("demo-password"))
    async with app.state.resources.get(Database).transaction() as session:
        with pytest.raises(WeakPasswordError):
            await accounts.ensure_admin(session, admin)
