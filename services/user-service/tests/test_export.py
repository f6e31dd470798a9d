from typing import Any

import httpx2

HOME = {"label": "Home", "line1": "1 Main St", "city": "Bern", "postal_code": "3000", "lat": 46.9, "lng": 7.4}


async def test_an_export_contains_all_stored_data(client: httpx2.AsyncClient, an_account: Any, log_in: Any) -> None:
    ada = await an_account()
    await an_account("eve@example.com")
    await log_in()
    await client.patch("/users/me", headers=ada.headers, json={"phone": "+41446681800"})
    home = (await client.post("/users/me/addresses", headers=ada.headers, json=HOME)).json()

    answer = await client.get("/users/me/export", headers=ada.headers)

    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="account.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    export = answer.json()
    assert set(export) == {"exported_at", "profile", "addresses", "sessions", "api_clients"}
    assert export["profile"] == (await client.get("/users/me", headers=ada.headers)).json()
    assert export["addresses"] == [home]
    assert [one["current"] for one in export["sessions"]] == [False, True]
    assert "argon2" not in answer.text
    assert "eve@" not in answer.text


async def test_an_export_is_for_its_owner(client: httpx2.AsyncClient, an_account: Any) -> None:
    ada = await an_account()
    assert (await client.get("/users/me/export")).status_code == 401

    await client.delete("/users/me", headers=ada.headers)

    assert (await client.get("/users/me/export", headers=ada.headers)).status_code == 401
