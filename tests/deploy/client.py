"""Sends requests through the gateway at a steady rate, to each service in turn, and prints how they ended.

Runs inside a cluster, in the image of api-gateway: `python client.py URL PER_SECOND SECONDS`. Every request has a
connection of its own, so that none reuses a connection opened before a pod began to stop.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Mapping
from uuid import uuid4

import aiohttp

PATHS = ("/users/me", "/restaurants", "/orders", "/payments", "/deliveries")
PASSWORD = "a-password-of-no-use"
PEOPLE = 5


async def log_in(http: aiohttp.ClientSession, url: str) -> Mapping[str, str]:
    email = f"client-{uuid4()}@example.com"
    person = {"email": email, "password": PASSWORD, "name": "Client", "role": "customer"}
    async with http.post(f"{url}/users", json=person, headers={"Idempotency-Key": str(uuid4())}) as answer:
        answer.raise_for_status()
    form = {"grant_type": "password", "username": email, "password": PASSWORD}
    async with http.post(f"{url}/auth/token", data=form) as answer:
        answer.raise_for_status()
        return {"Authorization": f"Bearer {(await answer.json())['access_token']}"}


async def open_way(http: aiohttp.ClientSession, url: str) -> None:
    # The network policy admits a new pod a short time after its start.
    while True:
        try:
            async with http.get(f"{url}/health/ready") as answer:
                if answer.ok:
                    return
        except (aiohttp.ClientError, OSError, TimeoutError):
            pass
        await asyncio.sleep(0.5)


async def ask(http: aiohttp.ClientSession, url: str, headers: Mapping[str, str], ends: Counter[str]) -> None:
    try:
        async with http.get(url, headers=headers) as answer:
            await answer.read()
            ends[f"{answer.status} {url.rpartition('/')[2]}" if answer.status >= 400 else "ok"] += 1
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        ends[f"{type(error).__name__} {url.rpartition('/')[2]}"] += 1


async def main(url: str, per_second: float, seconds: float) -> None:
    ends: Counter[str] = Counter()
    connector, wait = aiohttp.TCPConnector(force_close=True, limit=0), aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(connector=connector, timeout=wait) as http, asyncio.TaskGroup() as tasks:
        await open_way(http, url)
        people = [await log_in(http, url) for _ in range(PEOPLE)]
        print("ready", flush=True)  # noqa: T201 - the result
        began = time.monotonic()
        for number in range(int(per_second * seconds)):
            await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
            path = PATHS[number % len(PATHS)]
            tasks.create_task(ask(http, url + path, people[number // len(PATHS) % PEOPLE], ends))
    print(json.dumps(ends), flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3])))
