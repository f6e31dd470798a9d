import asyncio
import io
import sys
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg.rows import namedtuple_row
from pydantic import SecretStr

from foodchassis.kernel import Envelope
from user_service import admin
from user_service.adapters.passwords import Passwords
from user_service.settings import AccountSettings

PASSWORD = "a very good password"
Make = Callable[..., None]
Rows = Callable[[str], list[Any]]


@pytest.fixture
def make(service_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Make:
    # What a service's container may have set besides; the port belongs to the running service.
    for name, value in {**service_environment, "METRICS_PORT": "1", "RABBITMQ_URL": "amqp://127.0.0.1:1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("SIGNING_KEYS")

    def run(email: str, name: str = "Root", password: str = PASSWORD) -> None:
        monkeypatch.setattr(sys, "argv", ["admin", email, "--name", name])
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
        admin.main()

    return run


@pytest.fixture
def rows(database_url: str) -> Rows:
    def query(statement: str) -> list[Any]:
        with psycopg.connect(database_url, row_factory=namedtuple_row) as connection:
            return connection.execute(statement.encode()).fetchall()

    return query


def opens(password: str, stored: str) -> bool:
    async def check() -> tuple[bool, str | None]:
        return await Passwords(AccountSettings()).check(SecretStr(password), stored)

    return asyncio.run(check())[0]


def test_an_admin_is_created_once(make: Make, rows: Rows) -> None:
    make("Root@Example.com")
    make("root@example.com")

    [root] = rows("SELECT * FROM users")
    assert (root.email, root.name, root.role, root.version) == ("root@example.com", "Root", "admin", 1)
    assert opens(PASSWORD, root.password_hash)
    [event] = rows("SELECT body FROM outbox")
    assert Envelope.model_validate_json(event.body).data == {"user_id": str(root.id), "role": "admin"}


def test_a_new_password_and_name_replace_an_admins_old_ones(make: Make, rows: Rows, database_url: str) -> None:
    make("root@example.com")
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO logins (id, user_id, created_at, expires_at)"
            " SELECT gen_random_uuid(), id, now(), now() + interval '1 day' FROM users"
        )
    make("root@example.com", "Super", "another good password")

    [root] = rows("SELECT * FROM users")
    assert (root.name, root.version) == ("Super", 2)
    assert opens("another good password", root.password_hash)
    [login] = rows("SELECT id, revoked_at FROM logins")
    assert login.revoked_at is not None
    assert [row.name for row in rows("SELECT name FROM revocations")] == [str(login.id)]
    assert not opens(PASSWORD, root.password_hash)


def test_a_customer_account_is_not_turned_into_an_admin(make: Make, rows: Rows, database_url: str) -> None:
    make("ada@example.com")
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE users SET role = 'customer'")

    with pytest.raises(SystemExit, match="This e-mail address already has an account"):
        make("ada@example.com")

    assert [row.role for row in rows("SELECT role FROM users")] == ["customer"]


def test_invalid_values_are_refused_and_the_password_is_not_printed(make: Make, rows: Rows) -> None:
    with pytest.raises(SystemExit) as refused:
        make("nobody", " ", "hush-hush")

    said = str(refused.value.code)
    assert [line.partition(":")[0] for line in said.splitlines()] == ["email", "password", "name"]
    assert "hush" not in said
    assert rows("SELECT * FROM users") == []
