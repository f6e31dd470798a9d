import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from os import environ
from typing import Any

import httpx2
import pytest_asyncio

from devservers.ports import free_ports
from foodchassis.testing import eventually

SECRETS = {"email": "ada@example.com", "password": "correct horse battery", "name": "Lovelace"}


@pytest_asyncio.fixture
async def service(live_environment: dict[str, str]) -> AsyncIterator[tuple[Process, str]]:
    [port] = free_ports(1)
    arguments = ["-m", "uvicorn", "--factory", "user_service.main:create_app", "--port", str(port), "--no-access-log"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdout=PIPE,
        stderr=PIPE,
        env={**environ, **live_environment, "REFRESH_REPEAT_SECONDS": "0"},
    )
    yield process, f"http://127.0.0.1:{port}"
    if process.returncode is None:
        process.kill()
        await process.wait()


async def test_the_process_starts_and_stops_and_logs_no_personal_data(service: tuple[Process, str]) -> None:
    process, url = service
    seen: list[Any] = []
    async with httpx2.AsyncClient(base_url=url) as client:

        async def ready() -> Any:
            try:
                answer = await client.get("/health/ready")
            except httpx2.TransportError:
                assert process.returncode is None, (await process.communicate())[1].decode()
                return None
            return answer.json() if answer.status_code == 200 else None

        health = await eventually(ready, 60)
        await client.post("/users", json={**SECRETS, "role": "customer"})
        form = {"grant_type": "password", "username": SECRETS["email"]}
        for password in ("a wrong horse", SECRETS["password"]):
            tokens = (await client.post("/auth/token", data={**form, "password": password})).json()
        for _ in range(2):
            again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
            seen.append((await client.post("/auth/token", data=again)).json())
    process.send_signal(signal.SIGTERM)
    out, err = await asyncio.wait_for(process.communicate(), 30)

    assert health["checks"] == {"database": "up", "broker": "up", "redis": "up"}
    events = [json.loads(line)["event"] for line in out.decode().splitlines()]
    assert {"user.registered", "user.logged_in", "refresh_token.reused", "service.stopped"} <= set(events)
    secrets = [*SECRETS.values(), "a wrong horse", tokens["access_token"], tokens["refresh_token"]]
    secrets += [seen[0]["access_token"], seen[0]["refresh_token"]]
    assert [secret for secret in secrets if secret in (out + err).decode()] == []
