"""One active order, its parties, and as many other users."""

import asyncio
import time
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

import httpx2
from e2e.running import Running
from e2e.scene import Scene
from security.forging import Forger

from foodctl.api import Api, RefusedError, gateway
from foodctl.scene import until
from foodlab.city import ADMIN, PASSWORD

ROLES = ("customer", "restaurant", "driver", "admin")
STAFF = ("manager", "kitchen")
MACHINE = "machine"
# The second may only read, and the third is bound to another restaurant.
READING, ELSEWHERE = "reading machine", "machine elsewhere"
MACHINES = {MACHINE: ("orders:read", "orders:write", "menu:write"), READING: ("orders:read",)}
MACHINES[ELSEWHERE] = MACHINES[MACHINE]
STRANGERS = ("another customer", "another restaurant", "another driver")


def role(identity: str) -> str:
    """Return the role of an identity: staff and API clients have the restaurant's role."""
    return "restaurant" if identity in (*STAFF, *MACHINES) else identity.removeprefix("another ")


@dataclass(frozen=True)
class World:
    """Tokens by identity, ids by path parameter, and private texts of the parties."""

    url: str
    tokens: dict[str, str]
    ids: dict[str, str]
    private: tuple[str, ...]

    def people(self) -> tuple[str, ...]:
        """Return all identities with a valid token."""
        return (*ROLES, *STAFF, *MACHINES, *STRANGERS)


async def build(running: Running) -> World:
    """Create an order that was picked up, with a refund, a settlement and a stored address."""
    async with gateway(running.system.gateway_url) as anonymous:
        play, others = Scene(anonymous, auto_accept=False, auto_drive=False), Scene(anonymous)
        await asyncio.gather(play.set(), others.set())
        admin = await anonymous.log_in(ADMIN["email"], PASSWORD)
        address = await play.customer.call("POST", "/users/me/addresses", _door(f"Secret lane {uuid4()}"))
        order = await play.order(delivery_address=_door(address["line1"]) | {"lat": play.lat, "lng": play.lng})
        await play.accept(await play.reaches(order, "placed"))
        driver, offer = await play.offered(order)
        await driver.call("POST", f"/offers/{offer['id']}/accept")
        await play.reaches(order, "assigned")
        await driver.call("POST", f"/deliveries/{offer['delivery_id']}/pickup")
        await play.reaches(order, "picked_up")
        payment = await play.pays(order, "captured")
        refund = await admin.call("POST", f"/payments/{payment['id']}/refunds", {"amount": 1, "reason": "Cold"})
        settlement = await admin.call("POST", "/settlements")
        profile = await play.customer.call("GET", "/users/me")
        staff = {role: await _hired(play, role) for role in STAFF}
        colleague = await _hired(play, "kitchen")
        invitation = await _invited(play, "kitchen")
        bound = {name: str((others if name == ELSEWHERE else play).restaurant["id"]) for name in MACHINES}
        machines = {name: (await _machine(play, anonymous, bound[name], MACHINES[name]))[0] for name in MACHINES}
        _, client_id = await _machine(play, anonymous, bound[MACHINE], MACHINES[MACHINE])
    people = {
        "customer": play.customer, "restaurant": play.owner, "driver": play.driver, "admin": admin, **staff,
        "another customer": others.customer, "another restaurant": others.owner, "another driver": others.driver,
    }  # fmt: skip
    forger = Forger.of(running)
    ids = {
        "order_id": order["id"], "delivery_id": offer["delivery_id"], "offer_id": offer["id"],
        "payment_id": payment["id"], "refund_id": refund["id"], "settlement_id": settlement["id"],
        "restaurant_id": play.restaurant["id"], "item_id": play.dish["id"], "address_id": address["id"],
        "customer_id": str(play.customer.user_id), "driver_id": str(play.driver.user_id),
        "user_id": str(colleague.user_id), "invitation_id": invitation["id"], "client_id": client_id,
        "option_id": play.dish["option_groups"][0]["options"][0]["id"], "dead_letter_id": str(uuid4()),
        "session_id": str(uuid4()),
    }  # fmt: skip
    tokens = {name: str(one.token) for name, one in people.items()} | machines
    expired = forger.token({"sub": str(play.customer.user_id), "roles": ["customer"], "exp": int(time.time()) - 3600})
    private = (address["line1"], profile["email"], str(play.customer.user_id), str(play.driver.user_id), order["id"])
    return World(running.system.gateway_url, {**tokens, "expired": expired}, ids, private)


async def _machine(play: Scene, anonymous: Api, restaurant_id: str, scopes: tuple[str, ...]) -> tuple[str, str]:
    """Return the token of an API client of the owner, and its id."""
    wanted = {"name": "Till", "restaurant_id": restaurant_id, "scopes": scopes}
    made = await play.owner.call("POST", "/users/me/api-clients", wanted)
    form = {"grant_type": "client_credentials", "client_id": made["id"], "client_secret": made["client_secret"]}
    return str((await anonymous.call("POST", "/auth/token", data=form))["access_token"]), str(made["id"])


async def _invited(play: Scene, role: str) -> dict[str, Any]:
    path = f"/restaurants/{play.restaurant['id']}/invitations"
    return await play.owner.call("POST", path, {"role": role, "name": role})


async def _hired(play: Scene, role: str) -> Api:
    """Return a new member of the restaurant's staff."""
    somebody = await play.newcomer("restaurant")
    await somebody.call("POST", "/restaurants/join", {"code": (await _invited(play, role))["code"]})

    async def known() -> bool:
        try:
            await somebody.call("GET", f"/orders?restaurant_id={play.restaurant['id']}")
        except RefusedError:
            return False
        return True

    await until(known)
    return somebody


async def newcomer(world: World, role: str) -> tuple[str, dict[str, str]]:
    """Return the token of somebody new, and the ids of the account and its log-in, and the password.

    An admin is never new.
    """
    password = token_urlsafe(24)
    async with gateway(world.url) as anonymous:
        person = await anonymous.sign_up(f"{uuid4()}@example.com", password, "Somebody", role)
        [session] = (await person.ask("GET", "/users/me/sessions")).json()
    ids = {"user_id": str(person.user_id), "session_id": session["id"], "password": password}
    return str(person.token), ids


def client(world: World) -> httpx2.AsyncClient:
    """Return a client of the gateway."""
    return httpx2.AsyncClient(base_url=world.url, timeout=20)


def made_up() -> dict[str, str]:
    """Return an unused e-mail address and a password."""
    return {"new_email": f"{uuid4()}@example.com", "password": f"pass-{uuid4()}"}


def _door(line: str) -> dict[str, Any]:
    return {"line1": line, "city": "Nowhere", "postal_code": "1000", "lat": 1, "lng": 1}
