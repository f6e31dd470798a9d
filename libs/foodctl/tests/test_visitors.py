"""Temporary users are erased, also when their order fails."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from foodctl import visitors
from foodctl.api import Api, RefusedError
from foodctl.errors import FoodctlError

DISH = {"id": "d", "option_groups": [{"options": [{"id": "o"}]}]}
PAID = {"items": [{"status": "captured", "amount": 7, "refunded": 0}]}


class Gateway:
    """A gateway that delivers one order, and refuses one call."""

    def __init__(self, *, restaurant: str = "approved", driver: str = "approved", refused: str = "") -> None:
        self.calls = list[str]()
        self._refused = refused
        self._answers: dict[str, Any] = {
            "POST /auth/token": {"access_token": "a", "refresh_token": "r"},
            "GET /users/me": {"id": "u"},
            "POST /restaurants": {"id": "1", "standing": restaurant},
            "POST /restaurants/1/items": DISH,
            "GET /drivers/me": {"standing": driver},
            "POST /quotes": {"total": 7},
            "POST /orders": {"id": "5"},
            "GET /orders/5": {"id": "5", "status": "delivered"},
            "GET /payments": PAID,
        }

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        call = f"{request.method} {request.url.path}"
        self.calls.append(call)
        return httpx2.Response(400 if call == self._refused else 200, json=self._answers.get(call, {}))

    async def visit(self, monkeypatch: pytest.MonkeyPatch) -> str:
        @asynccontextmanager
        async def gateway(url: str) -> AsyncIterator[Api]:
            async with httpx2.AsyncClient(base_url=url, transport=httpx2.MockTransport(self.answer)) as http:
                yield Api(http)

        monkeypatch.setattr(visitors, "gateway", gateway)
        return await visitors.deliver("http://gateway", 5)


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOODAPP_ADMIN_EMAIL", "admin@example.com")
    monkeypatch.setenv("FOODAPP_ADMIN_PASSWORD", "a password")


@pytest.mark.usefixtures("admin")
async def test_a_wrong_admin_password_leaves_no_users(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway(refused="POST /auth/token")
    with pytest.raises(RefusedError):
        await gateway.visit(monkeypatch)

    assert gateway.calls == ["GET /health/ready", "POST /auth/token"]


@pytest.mark.parametrize(
    ("refused", "closed"), [("POST /restaurants", 0), ("POST /quotes", 1), ("PATCH /restaurants/1", 1)]
)
async def test_a_failed_visit_leaves_no_users(monkeypatch: pytest.MonkeyPatch, refused: str, closed: int) -> None:
    gateway = Gateway(refused=refused)
    with pytest.raises(RefusedError):
        await gateway.visit(monkeypatch)

    assert gateway.calls.count("DELETE /users/me") == 3
    assert gateway.calls.count("PATCH /restaurants/1") == closed


async def test_approvals_need_an_admin(monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = Gateway(restaurant="pending")
    with pytest.raises(FoodctlError, match="set FOODAPP_ADMIN_EMAIL"):
        await gateway.visit(monkeypatch)

    assert gateway.calls.count("DELETE /users/me") == 3


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize("waiting", ["restaurant", "driver"])
async def test_restaurant_and_driver_are_approved_each_by_its_own_standing(
    monkeypatch: pytest.MonkeyPatch, waiting: str
) -> None:
    gateway = Gateway(**{waiting: "pending"})

    assert await gateway.visit(monkeypatch) == "5"
    approved = [call for call in gateway.calls if call.endswith("/approve")]
    assert approved == [{"restaurant": "POST /restaurants/1/approve", "driver": "POST /drivers/u/approve"}[waiting]]
