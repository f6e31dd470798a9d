"""When a link by e-mail completes a sign-up, no response reveals who has an account."""

from collections.abc import Awaitable, Callable
from email.message import Message
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from sqlmodel import func, select

from foodchassis import Database
from foodchassis.kernel import Envelope
from user_service.models import EmailLink, User
from user_service.settings import UserSettings

ADA = {"email": "ada@example.com", "password": "correct horse battery", "name": "Ada", "role": "driver"}
Ask = Callable[..., Awaitable[httpx2.Response]]
Received = Callable[..., Awaitable[list[Message]]]
Published = Callable[[], Awaitable[list[Envelope]]]


@pytest.fixture
def service_environment(service_environment: dict[str, str], mail_folder: Path) -> dict[str, str]:
    return {**service_environment, "MAIL_FOLDER": str(mail_folder), "SIGN_UP_CONFIRMS_EMAIL": "true"}


async def confirm(client: httpx2.AsyncClient, token: str) -> int:
    return (await client.post("/auth/confirm-email", json={"token": token})).status_code


async def test_the_link_creates_the_account(
    client: httpx2.AsyncClient,
    log_in: Ask,
    received: Received,
    token_in: Callable[[Message], str],
    published: Published,
) -> None:
    answer = await client.post("/users", json=ADA)
    assert (answer.status_code, answer.json()["status"]) == (202, "confirm_by_email")
    assert (await log_in()).status_code == 400
    assert await published() == []
    token = token_in((await received("ada@example.com"))[0])

    assert await confirm(client, token) == 204

    tokens = (await log_in()).json()
    me = (await client.get("/users/me", headers={"Authorization": f"Bearer {tokens['access_token']}"})).json()
    assert (me["name"], me["role"], me["email_verified"]) == ("Ada", "driver", True)
    assert [event.type for event in await published()] == ["user.registered.v1", "user.changed.v1"]
    assert await confirm(client, token) == 400


async def test_the_answer_is_the_same_for_an_address_that_has_an_account(
    client: httpx2.AsyncClient, app: FastAPI, received: Received, token_in: Callable[[Message], str], log_in: Ask
) -> None:
    first = await client.post("/users", json=ADA)
    await confirm(client, token_in((await received("ada@example.com"))[0]))

    again = await client.post("/users", json={**ADA, "password": "eve's good password"})

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert set(again.headers) == set(first.headers)
    notice = (await received("ada@example.com", 2))[1]
    assert notice["Subject"] == "You have an account already"
    assert (await log_in(password="eve's good password")).status_code == 400
    async with app.state.resources.get(Database).transaction() as session:
        assert (await session.exec(select(func.count()).select_from(User))).one() == 1
        [trace] = (await session.exec(select(EmailLink))).all()
        assert trace.user_id is None


async def test_each_link_creates_the_account_of_its_own_sign_up(
    client: httpx2.AsyncClient, received: Received, token_in: Callable[[Message], str], log_in: Ask
) -> None:
    """What a stranger signed up for with Ada's address is not what Ada's own link confirms."""
    await client.post("/users", json={**ADA, "password": "eve's good password"})
    await client.post("/users", json=ADA)
    mails = await received("ada@example.com", 2)
    tokens = [token_in(mail) for mail in mails]

    assert [await confirm(client, tokens[1]), await confirm(client, tokens[0])] == [204, 409]

    assert (await log_in()).status_code == 200
    assert (await log_in(password="eve's good password")).status_code == 400


def test_production_confirms_by_email_and_does_not_start_without_a_way_to_send_it(
    service_environment: dict[str, str],
) -> None:
    keys = service_environment["SIGNING_KEYS"]

    with pytest.raises(ValueError, match="set SMTP_URL, or SIGN_UP_CONFIRMS_EMAIL=false"):
        UserSettings(environment="prod", signing_keys=keys, _env_file=None)

    assert UserSettings(environment="prod", signing_keys=keys, smtp_url="smtps://x", _env_file=None).confirms_sign_ups
    chosen = UserSettings(environment="prod", signing_keys=keys, sign_up_confirms_email=False, _env_file=None)
    assert not chosen.confirms_sign_ups
    assert not UserSettings(environment="dev", signing_keys=keys, _env_file=None).confirms_sign_ups
