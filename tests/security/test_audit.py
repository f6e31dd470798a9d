"""The audit is whole: each change that admins alone may make is in it, and each read, whichever service it was."""

from typing import Any
from uuid import UUID, uuid4

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
            _, ids = await call.caller(world, "admin")
            answer = await call.send(http, token, ids)
            if answer.status < 300:
                made[call.name] = call.path.format_map(ids) + answer.text
            else:
                assert answer.status == 409, (call.name, answer.text)

        async def audited() -> list[dict[str, Any]] | None:
            found = await _entries(http, token, begun.isoformat())
            return found if len(found) >= len(made) else None

        entries = await until(audited) or []

    assert made.keys() >= {"suspend_restaurant", "approve_restaurant", "suspend_driver", "approve_driver", "settle"}
    assert made.keys() >= {"end_session_of_user", "end_sessions_of_user", "erase_user"}
    assert len(entries) == len(made)
    assert {one["action"].partition(".")[0] for one in entries} >= {"restaurant", "driver", "settlement", "user"}
    assert [UUID(one["admin_id"]) for one in entries] == [UUID(entries[0]["admin_id"])] * len(made)
    assert all(any(one["object_id"] in text for text in made.values()) for one in entries)


async def test_every_read_by_an_admin_of_what_is_others_is_in_the_audit(world: World, calls: list[Call]) -> None:
    reads = [call for call in calls if call.method == "GET" and call.policy["roles"] != "public"]
    reads = [call for call in reads if call.expected("admin") is None and "/me" not in call.path]
    # New to this hour, whatever other tests read: ids of nobody, one for each operation with an id in its path.
    sent = {call.name: str(uuid4()) for call in reads if "{" in call.path}

    async with client(world) as http:
        for call in reads:
            ids = world.ids | dict.fromkeys(world.ids, sent[call.name]) if call.name in sent else world.ids
            assert (await call.send(http, world.tokens["admin"], ids)).status in {200, 404}, call.name

        async def recorded() -> set[tuple[str, str | None]] | None:
            found = {(one["operation"], one["object_id"]) for one in await _reads(http, world.tokens["admin"])}
            return found if found >= {*sent.items()} else None

        found = await until(recorded) or set()

    assert len(sent) >= 10
    assert {*sent.items()} <= found
    # A list may have been read before within the hour; that is recorded, too.
    lists = {call.name.partition(" ")[0] for call in reads if call.name not in sent}
    assert lists <= {operation for operation, _ in found}
    assert ("list_orders", world.ids["customer_id"]) in found


async def _entries(http: httpx2.AsyncClient, token: str, since: str) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"}
    answer = await http.get("/audit", params={"since": since, "limit": "100"}, headers=headers)
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def _reads(http: httpx2.AsyncClient, token: str) -> list[dict[str, Any]]:
    headers, found, query = {"Authorization": f"Bearer {token}"}, list[dict[str, Any]](), {"limit": "100"}
    while True:
        page = (await http.get("/audit/reads", params=query, headers=headers)).json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        query["cursor"] = page["next_cursor"]
