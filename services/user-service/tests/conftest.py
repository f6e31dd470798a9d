"""Fixtures of the user service's tests."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import httpx2
import pytest

from foodchassis.testing import Issuer, eventually

PASSWORD = "correct horse battery"


@dataclass
class Account:
    """A user who has signed up and logged in."""

    id: str
    email: str
    tokens: dict[str, Any]

    @property
    def headers(self) -> dict[str, str]:
        """The Authorization header of this user."""
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}


AnAccount = Callable[..., Awaitable[Account]]
Ask = Callable[..., Awaitable[httpx2.Response]]
Received = Callable[..., Awaitable[list[Message]]]
TokenIn = Callable[[Message], str]


@pytest.fixture
def service_package() -> str:
    return "user_service"


@pytest.fixture
def service_environment(database_url: str, redis_url: str, issuer: Issuer) -> dict[str, str]:
    """Sign with the issuer's own key, and hash cheaply."""
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "BROKER_REQUIRED": "false",
        "AUTH_AUDIENCE": issuer.audience,
        "SIGNING_KEYS": json.dumps({"keys": [issuer.key.as_dict(private=True)]}),
        "LOG_FORMAT": "json",
        "DATABASE_POOL_SIZE": "5",
        "PASSWORD_MEMORY_KIB": "8",
        "PASSWORD_TIME_COST": "1",
        "PASSWORD_PARALLELISM": "1",
        "PASSWORD_QUEUE": "20",
        "UPKEEP_INTERVAL": "3600",
        "LOGIN_DELAY_SECONDS": "30",
        "LOGIN_ATTEMPTS_PER_ACCOUNT": "3",
        "LOGIN_ATTEMPTS_PER_ADDRESS": "6",
    }


@pytest.fixture
def log_in(client: httpx2.AsyncClient) -> Ask:
    """Return a function that tries to log in."""

    async def ask(email: str = "ada@example.com", password: str = PASSWORD, **more: str) -> httpx2.Response:
        form = {"grant_type": "password", "username": email, "password": password, **more}
        return await client.post("/auth/token", data=form)

    return ask


@pytest.fixture
def refresh(client: httpx2.AsyncClient) -> Ask:
    """Return a function that uses a refresh token."""

    async def ask(token: str) -> httpx2.Response:
        return await client.post("/auth/token", data={"grant_type": "refresh_token", "refresh_token": token})

    return ask


@pytest.fixture
def an_account(client: httpx2.AsyncClient, log_in: Ask) -> AnAccount:
    """Return a function that signs up a user and logs in."""

    async def make(email: str = "ada@example.com", role: str = "customer") -> Account:
        body = {"email": email, "password": PASSWORD, "name": "Ada", "role": role}
        made = await client.post("/users", json=body)
        assert made.status_code == 201, made.text
        granted = await log_in(email)
        assert granted.status_code == 200, granted.text
        return Account(made.json()["id"], email, granted.json())

    return make


@pytest.fixture
def mail_folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def received(mail_folder: Path) -> Received:
    """Return a function that waits for a number of e-mails to an address and returns them, oldest first."""

    async def wait(to: str, number: int = 1) -> list[Message]:
        def inbox() -> list[Message]:
            mails = [message_from_bytes(file.read_bytes()) for file in sorted(mail_folder.glob("*.eml"))]
            return [mail for mail in mails if mail["To"] == to]

        async def arrived() -> list[Message] | None:
            mails = inbox()
            return mails if len(mails) >= number else None

        found: list[Message] = await eventually(arrived)
        return found

    return wait


@pytest.fixture
def token_in() -> TokenIn:
    """Return a function that finds the token of the link in an e-mail."""

    def find(mail: Message) -> str:
        text: Any = mail.get_payload(decode=True)
        found = re.search(r"#token=([\w-]{43})\s", text.decode())
        assert found, text
        return found[1]

    return find
