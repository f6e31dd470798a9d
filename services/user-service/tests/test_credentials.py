import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from email.message import Message
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy.event import listen
from sqlmodel import func, select, update

from foodchassis import Database, UnauthorizedError, now
from foodchassis.web import TokenVerifier
from user_service.models import EmailLink, User
from user_service.service import upkeep
from user_service.service.links import drop_expired

PASSWORD, NEW = "correct horse battery", "another good password"
ADA, EVE = "ada@example.com", "eve@example.com"
Ask = Callable[..., Awaitable[httpx2.Response]]
Received = Callable[..., Awaitable[list[Message]]]
TokenIn = Callable[[Message], str]


@pytest.fixture
def service_environment(service_environment: dict[str, str], mail_folder: Path) -> dict[str, str]:
    return {**service_environment, "MAIL_FOLDER": str(mail_folder), "LOGIN_ATTEMPTS_PER_ADDRESS": "100"}


async def status(client: httpx2.AsyncClient, access_token: str) -> int:
    answer: httpx2.Response = await client.get("/users/me", headers={"Authorization": f"Bearer {access_token}"})
    return answer.status_code


async def links_stored(app: FastAPI) -> int:
    async with app.state.resources.get(Database).transaction() as session:
        found: int = (await session.exec(select(func.count()).select_from(EmailLink))).one()
    return found


async def test_a_password_is_changed_and_every_log_in_ends(
    client: httpx2.AsyncClient, an_account: Any, log_in: Ask, refresh: Ask, received: Received, token_in: TokenIn
) -> None:
    ada = await an_account()
    elsewhere = (await log_in()).json()

    body = {"current_password": PASSWORD, "new_password": NEW}
    answer = await client.post("/users/me/password", headers=ada.headers, json=body)

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert await status(client, answer.json()["access_token"]) == 200
    for ended in (ada.tokens, elsewhere):
        assert await status(client, ended["access_token"]) == 401
        assert (await refresh(ended["refresh_token"])).status_code == 400
    assert [(await log_in(password=one)).status_code for one in (PASSWORD, NEW)] == [400, 200]
    [notice] = await received(ADA)
    assert notice["Subject"] == "Your password has changed"


async def test_a_change_needs_the_current_password_and_wrong_ones_count(
    client: httpx2.AsyncClient, an_account: Any, log_in: Ask
) -> None:
    ada = await an_account()
    body = {"current_password": "a wrong horse", "new_password": NEW}

    answers = [await client.post("/users/me/password", headers=ada.headers, json=body) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [403, 403, 403, 429, 429]
    assert answers[0].json()["type"] == "/problems/wrong-password"
    assert await status(client, ada.tokens["access_token"]) == 200


@pytest.mark.parametrize("new", ["qwertyuiop", "ada@example.com", "tiny pass", "Ada@Example.com1"])
async def test_a_weak_password_is_refused(client: httpx2.AsyncClient, an_account: Any, new: str) -> None:
    ada = await an_account()

    body = {"current_password": PASSWORD, "new_password": new}
    answer = await client.post("/users/me/password", headers=ada.headers, json=body)

    assert answer.status_code == 422
    assert new not in answer.text
    sign_up = {"email": "ada.two@example.com", "password": "ada.two@example.com", "name": "Ada", "role": "customer"}
    assert (await client.post("/users", json=sign_up)).json()["type"] == "/problems/weak-password"


async def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(
    client: httpx2.AsyncClient, an_account: Any, log_in: Ask, received: Received, token_in: TokenIn, app: FastAPI
) -> None:
    ada = await an_account()
    known = await client.post("/auth/forgot-password", json={"email": "ADA@example.com"})
    unknown = await client.post("/auth/forgot-password", json={"email": EVE})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"")
    token = token_in((await received(ADA))[0])

    answers = await asyncio.gather(
        *(client.post("/auth/reset-password", json={"token": token, "new_password": NEW}) for _ in range(3))
    )

    assert sorted(answer.status_code for answer in answers) == [204, 400, 400]
    assert {answer.json()["type"] for answer in answers if answer.content} == {"/problems/link-invalid"}
    assert await status(client, ada.tokens["access_token"]) == 401
    assert [(await log_in(password=one)).status_code for one in (PASSWORD, NEW)] == [400, 200]
    assert [mail["Subject"] for mail in await received(ADA, 2)] == [
        "Choose a new password",
        "Your password has changed",
    ]
    async with app.state.resources.get(Database).transaction() as session:
        assert (await session.get_one(User, ada.id)).email_verified


async def test_a_reset_revokes_the_api_clients_and_a_change_does_not(
    client: httpx2.AsyncClient, an_account: Any, received: Received, token_in: TokenIn, app: FastAPI
) -> None:
    ada = await an_account(role="restaurant")
    body = {"name": "Till", "restaurant_id": str(uuid4()), "scopes": ["orders:read"]}
    made = (await client.post("/users/me/api-clients", json=body, headers=ada.headers)).json()
    form = {"grant_type": "client_credentials", "client_id": made["id"], "client_secret": made["client_secret"]}
    change = {"current_password": PASSWORD, "new_password": NEW}
    assert (await client.post("/users/me/password", json=change, headers=ada.headers)).status_code == 200
    access = (await client.post("/auth/token", data=form)).json()["access_token"]
    await client.post("/auth/forgot-password", json={"email": ADA})
    token = token_in((await received(ADA, 2))[1])

    assert (
        await client.post("/auth/reset-password", json={"token": token, "new_password": PASSWORD})
    ).status_code == 204

    assert (await client.post("/auth/token", data=form)).status_code == 401
    with pytest.raises(UnauthorizedError):
        await app.state.resources.get(TokenVerifier).verify(access)


async def test_a_link_has_one_purpose_and_expires(
    client: httpx2.AsyncClient, an_account: Any, received: Received, token_in: TokenIn, app: FastAPI
) -> None:
    await an_account()
    await client.post("/auth/forgot-password", json={"email": ADA})
    token = token_in((await received(ADA))[0])
    transaction = app.state.resources.get(Database).transaction
    assert (await client.post("/auth/confirm-email", json={"token": token})).status_code == 400
    weak = {"token": token, "new_password": "ada@example.com"}
    assert (await client.post("/auth/reset-password", json=weak)).status_code == 422
    async with transaction() as session:
        [stored] = (await session.exec(select(EmailLink))).all()
        assert token.encode() not in stored.digest
        assert timedelta(minutes=59) < stored.expires_at - now() <= timedelta(hours=1)
        await session.exec(update(EmailLink).values(expires_at=now()))

    answer = await client.post("/auth/reset-password", json={"token": token, "new_password": NEW})

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/link-invalid")
    async with transaction() as session:
        await drop_expired(session)
    assert await links_stored(app) == 0


async def test_an_address_is_changed_by_a_link_to_the_new_one(
    client: httpx2.AsyncClient, an_account: Any, log_in: Ask, received: Received, token_in: TokenIn
) -> None:
    ada = await an_account()
    body = {"email": "Countess@Example.com", "password": PASSWORD}
    assert (await client.post("/users/me/email", headers=ada.headers, json=body)).status_code == 202
    assert (await client.get("/users/me", headers=ada.headers)).json()["email"] == ADA
    token = token_in((await received("countess@example.com"))[0])

    assert (await client.post("/auth/confirm-email", json={"token": token})).status_code == 204

    me = (await client.get("/users/me", headers=ada.headers)).json()
    assert (me["email"], me["email_verified"]) == ("countess@example.com", True)
    assert [(await log_in(one)).status_code for one in (ADA, "countess@example.com")] == [400, 200]
    assert (await received(ADA))[0]["Subject"] == "Your e-mail address has changed"
    assert (await client.post("/auth/confirm-email", json={"token": token})).status_code == 400


async def test_a_change_to_a_used_address_does_not_reveal_its_account(
    client: httpx2.AsyncClient, an_account: Any, received: Received, token_in: TokenIn
) -> None:
    ada = await an_account()
    await an_account(EVE)
    wrong = {"email": EVE, "password": "a wrong horse"}
    assert (await client.post("/users/me/email", headers=ada.headers, json=wrong)).status_code == 403

    answer = await client.post("/users/me/email", headers=ada.headers, json={"email": EVE, "password": PASSWORD})

    assert answer.status_code == 202
    [mail] = await received(EVE)
    assert mail["Subject"] == "You have an account already"
    assert "token=" not in str(mail)


async def test_concurrent_changes_to_one_address_cause_no_database_error(
    client: httpx2.AsyncClient, app: FastAPI, an_account: Any, received: Received, token_in: TokenIn
) -> None:
    ada = await an_account()
    body = {"email": EVE, "password": PASSWORD}
    await client.post("/users/me/email", headers=ada.headers, json=body)
    token = token_in((await received(EVE))[0])
    failed: list[str] = []
    engine = app.state.resources.get(Database).engine.sync_engine
    listen(engine, "handle_error", lambda context: failed.append(str(context.original_exception)))
    sign_up = {"email": EVE, "password": PASSWORD, "name": "Eve", "role": "customer"}

    answers = await asyncio.gather(
        client.post("/auth/confirm-email", json={"token": token}),
        *(client.post("/users", json=sign_up) for _ in range(3)),
    )

    assert failed == []
    assert min(answer.status_code for answer in answers) in {201, 204}
    assert [answer.status_code for answer in answers].count(409) == 3


async def test_an_address_is_verified(
    client: httpx2.AsyncClient, an_account: Any, received: Received, token_in: TokenIn
) -> None:
    ada = await an_account()
    assert (await client.get("/users/me", headers=ada.headers)).json()["email_verified"] is False

    assert (await client.post("/users/me/email/verification", headers=ada.headers)).status_code == 202
    token = token_in((await received(ADA))[0])
    assert (await client.post("/auth/confirm-email", json={"token": token})).status_code == 204

    assert (await client.get("/users/me", headers=ada.headers)).json()["email_verified"] is True


async def test_e_mails_to_a_recipient_are_limited(
    client: httpx2.AsyncClient, an_account: Any, received: Received, token_in: TokenIn, app: FastAPI
) -> None:
    await an_account()

    async def ask(email: str) -> httpx2.Response:
        return await client.post("/auth/forgot-password", json={"email": email})

    answers = [await ask(ADA) for _ in range(8)]
    answers += [await ask(f"{number}@example.com") for number in range(30)]

    assert [answer.status_code for answer in answers] == [202] * 30 + [429] * 8
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert len(await received(ADA, 5)) == 5
    assert await links_stored(app) == 5 + 22


async def test_upkeep_continues_when_the_database_is_down(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = asyncio.Event()
    calls = iter([ConnectionError("away"), None])

    async def restore(_: Any) -> None:
        if isinstance(error := next(calls, None), Exception):
            raise error
        seen.set()

    settings = app.state.resources.settings.model_copy(update={"upkeep_interval": 0.01})
    app.state.resources.add(settings)
    monkeypatch.setattr(upkeep, "restore", restore)
    task = asyncio.create_task(upkeep.run_upkeep(app.state.resources))

    await asyncio.wait_for(seen.wait(), 10)
    task.cancel()
