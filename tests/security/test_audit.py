"""The audit is complete: it contains each change that only admins may make, in every service."""

from typing import Any
from uuid import UUID

import httpx2
from security.operations import Call
from security.world import World, client

from foodchassis import now
from foodctl.scene import until


async def test_every_change_of_an_admin_is_in_the_audit(world: World, calls: list[Call]) -> None:
    changes = [call for call in calls if call.policy["roles"] == ["admin"] and call.method != "GET"]
    # There is no dead letter to act on.
    changes = [call for call in changes if call.policy.get("answers") != [404]]
    token, made = world.tokens["admin"], dict[str, str]()

    async with client(world) as http:
        # Another test may have left them suspended: repeating the same decision changes nothing.
        for call in changes:
            if call.name.startswith("approve_"):
                await call.send(http, token, world.ids)
        begun = now()
        for call in changes:
            answer = await call.send(http, token, world.ids)
            if answer.status < 300:
                made[call.name] = answer.text
            else:
                assert answer.status == 409, (call.name, answer.text)

        async def audited() -> list[dict[str, Any]] | None:
            found = await _entries(http, token, begun.isoformat())
            return found if len(found) >= len(made) else None

        entries = await until(audited) or []

    assert made.keys() >= {"suspend_restaurant", "approve_restaurant", "suspend_driver", "approve_driver", "settle"}
    assert len(entries) == len(made)
    assert {one["action"].partition(".")[0] for one in entries} >= {"restaurant", "driver", "settlement"}
    assert [UUID(one["admin_id"]) for one in entries] == [UUID(entries[0]["admin_id"])] * len(made)
    assert all(any(one["object_id"] in text for text in made.values()) for one in entries)


async def _entries(http: httpx2.AsyncClient, token: str, since: str) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"}
    answer = await http.get("/audit", params={"since": since, "limit": "100"}, headers=headers)
    found: list[dict[str, Any]] = answer.json()["items"]
    return found
