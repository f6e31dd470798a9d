"""A restaurant with two dishes, its customer and driver, and functions that send events to the running service."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Database, Event, Principal, new_id
from foodchassis.messaging.deadlines import Sweeper
from foodchassis.storage import Transaction, transaction_of
from foodchassis.testing import Issuer
from foodevents import (
    DeliveryAssigned,
    DeliveryCancelled,
    DeliveryDelivered,
    DeliveryNoDriver,
    DeliveryPickedUp,
    DeliveryUnassigned,
    DeliveryUndeliverable,
    MenuItemUpdated,
    OpeningHours,
    Option,
    OptionGroup,
    PaymentAuthorized,
    PaymentCaptureFailed,
    PaymentCompleted,
    PaymentDeclined,
    PaymentRefunded,
    PaymentVoided,
    Place,
    RestaurantUpdated,
    WeeklyShift,
)
from order_service import service
from order_service.handlers import events
from order_service.models import KitchenStatus, OrderFacts
from order_service.rules.admission import Menu
from order_service.rules.policy import Policy
from order_service.schemas import Basket, OrderCreate, OrderPublic
from order_service.settings import OrderSettings

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
COOKING, HANDED_OVER = KitchenStatus.ACCEPTED, KitchenStatus.HANDED_OVER
KITCHENS = {
    "paid": COOKING,
    "assigned": COOKING,
    "picked_up": HANDED_OVER,
    "delivered": HANDED_OVER,
    "undeliverable": HANDED_OVER,
}
DRIVEN = ("assigned", "picked_up", "delivered", "undeliverable")
NORMAL_PATH = ("payment.authorized", "accept", "payment.completed", "delivery.assigned", "delivery.picked_up")


class Bistro:
    """A restaurant that never closes, a pizza with options, and a soup without."""

    def __init__(self) -> None:
        self.owner, self.customer, self.driver, self.delivery = (new_id() for _ in range(4))
        self.kitchen = Principal(self.owner, frozenset({"restaurant"}))
        self.small = Option(id=new_id(), name="Small", price=0)
        self.large = Option(id=new_id(), name="Large", price=300)
        self.cheese = Option(id=new_id(), name="Cheese", price=120)
        self.olives = Option(id=new_id(), name="Olives", price=80)
        self.truffle = Option(id=new_id(), name="Truffle", price=900, available=False)
        self.restaurant = RestaurantUpdated(
            restaurant_id=new_id(),
            version=3,
            owner_id=self.owner,
            name="Da Lia",
            place=Place(line1="Ring 1", city="Wien", postal_code="1010", lat=48.2, lng=16.37),
            hours=OpeningHours(
                timezone="Europe/Vienna",
                weekly=[WeeklyShift(weekday=day, opens=time(0), closes=time(0)) for day in range(7)],
            ),
            paused=False,
            auto_accept=False,
            prep_minutes=15,
            radius_m=3000,
            currency="EUR",
            tax_rate_bp=1000,
            delivery_fee=299,
            service_fee_bp=500,
        )
        self.size = OptionGroup(id=new_id(), name="Size", min=1, max=1, options=[self.small, self.large])
        self.extras = OptionGroup(
            id=new_id(), name="Extras", min=0, max=2, options=[self.cheese, self.olives, self.truffle]
        )
        self.pizza = self.item("Pizza", 950, [self.size, self.extras])
        self.soup = self.item("Soup", 480, [])

    def item(self, name: str, price: int, groups: list[OptionGroup]) -> MenuItemUpdated:
        """Return a dish of this restaurant."""
        return MenuItemUpdated(
            item_id=new_id(),
            restaurant_id=self.restaurant.restaurant_id,
            version=1,
            name=name,
            price=price,
            available=True,
            option_groups=groups,
        )

    def menu(self, **changes: Any) -> Menu:
        """Return the replicated menu, with a changed restaurant."""
        restaurant = self.restaurant.model_copy(update=changes)
        return Menu(restaurant, {item.item_id: item for item in (self.pizza, self.soup)})

    def json_basket(self, **changes: Any) -> dict[str, Any]:
        """Return two large pizzas with cheese and one soup: 2 · 1370 + 480 = 3220."""
        chosen = [str(self.large.id), str(self.cheese.id)]
        return {
            "restaurant_id": str(self.restaurant.restaurant_id),
            "items": [
                {"menu_item_id": str(self.pizza.item_id), "quantity": 2, "option_ids": chosen},
                {"menu_item_id": str(self.soup.item_id), "quantity": 1},
            ],
            "delivery_address": {"line1": "Gasse 2", "city": "Wien", "postal_code": "1020", "lat": 48.21, "lng": 16.38},
            "tip": 200,
            **changes,
        }

    def json_order(self, **changes: Any) -> dict[str, Any]:
        """Return the same basket as an order."""
        return self.json_basket(payment_method="tok_ok", **changes)

    def basket(self, **changes: Any) -> Basket:
        """Return the same basket, validated."""
        return Basket.model_validate(self.json_basket(**changes))

    def order(self, status: str = "pending", kitchen: str | None = None, **changes: Any) -> OrderFacts:
        """Return the same basket as an order in `status`, created at noon, accepted 1 min later and ready at 12:21."""
        food = KitchenStatus(kitchen) if kitchen else KITCHENS.get(status, KitchenStatus.WAITING)
        facts: dict[str, Any] = {
            "id": new_id(),
            "version": 5,
            "status": status,
            "kitchen": food,
            "customer_id": self.customer,
            "restaurant_id": self.restaurant.restaurant_id,
            "restaurant_name": "Da Lia",
            "owner_id": self.owner,
            "pickup": self.restaurant.place.model_dump(),
            "delivery_address": self.basket().delivery_address.model_dump(),
            "auto_accept": False,
            "prep_minutes": 15,
            "currency": "EUR",
            "subtotal": 3220,
            "delivery_fee": 299,
            "service_fee": 161,
            "tax": 368,
            "tip": 200,
            "total": 4248,
            "created_at": NOON,
            "paid": status in KITCHENS,
        }
        if food is not KitchenStatus.WAITING:
            facts |= {"accepted_at": NOON + timedelta(minutes=1), "ready_at": NOON + timedelta(minutes=21)}
        if status in DRIVEN:
            facts |= {"delivery_id": self.delivery, "driver_id": self.driver}
        return OrderFacts(**facts | changes)

    def event(self, trigger: str, order: OrderPublic | OrderFacts, **changes: Any) -> Event:
        """Return the event of another service about `order`."""
        payment = {"payment_id": order.id, "order_id": order.id, "amount": order.total, "currency": order.currency}
        payment |= {"refunded": order.total, "cause": "cancel", "reason": "refused"}
        delivery = {"delivery_id": self.delivery, "order_id": order.id, "driver_id": self.driver, "reason": "lost"}
        made: dict[str, tuple[type[Event], dict[str, Any]]] = {
            "payment.authorized": (PaymentAuthorized, payment),
            "payment.declined": (PaymentDeclined, payment),
            "payment.completed": (PaymentCompleted, payment),
            "payment.capture_failed": (PaymentCaptureFailed, payment),
            "payment.voided": (PaymentVoided, payment),
            "payment.refunded": (PaymentRefunded, payment),
            "delivery.assigned": (DeliveryAssigned, delivery),
            "delivery.picked_up": (DeliveryPickedUp, delivery),
            "delivery.delivered": (DeliveryDelivered, delivery),
            "delivery.unassigned": (DeliveryUnassigned, delivery),
            "delivery.no_driver": (DeliveryNoDriver, delivery),
            "delivery.undeliverable": (DeliveryUndeliverable, delivery),
            "delivery.cancelled": (DeliveryCancelled, delivery),
        }
        kind, facts = made[trigger]
        return kind.model_validate({**facts, **changes})


@pytest.fixture
def service_package() -> str:
    return "order_service"


@pytest.fixture
def bistro() -> Bistro:
    return Bistro()


@pytest.fixture
def policy() -> Policy:
    """Return the policy of the default settings."""
    return Policy.of(OrderSettings.model_construct())


@pytest.fixture
def transaction(app: FastAPI) -> Callable[[], AbstractAsyncContextManager[AsyncSession]]:
    """Return a function that opens a transaction of its own on the running service's database."""
    found: Callable[[], AbstractAsyncContextManager[AsyncSession]] = app.state.resources.get(Database).transaction
    return found


@pytest.fixture
def begin(app: FastAPI) -> Callable[[], AbstractAsyncContextManager[Transaction]]:
    """Return a function that begins a transaction like that of handlers."""
    found: Callable[[], AbstractAsyncContextManager[Transaction]] = app.state.resources.get(Database).begin
    return found


@pytest.fixture
def handle(begin: Callable[[], AbstractAsyncContextManager[Transaction]]) -> Callable[[Event], Awaitable[None]]:
    """Return a function that handles an event in a transaction of its own."""

    async def run(event: Event) -> None:
        handler: Callable[[Event, Transaction], Awaitable[None]] = events.handlers[type(event)]  # type: ignore[assignment]
        async with begin() as work:
            await handler(event, work)

    return run


@pytest.fixture
def place(
    bistro: Bistro,
    transaction: Callable[[], AbstractAsyncContextManager[AsyncSession]],
    handle: Callable[[Event], Awaitable[None]],
) -> Callable[..., Awaitable[OrderPublic]]:
    """Return a function that places the basket as an order, with changes of the restaurant."""

    async def run(**changes: Any) -> OrderPublic:
        for event in (bistro.restaurant.model_copy(update=changes), bistro.pizza, bistro.soup):
            await handle(event)
        async with transaction() as session:
            basket = OrderCreate.model_validate(bistro.json_order())
            return await service.place_order(await transaction_of(session), customer_id=bistro.customer, basket=basket)

    return run


@pytest.fixture
def order_before(
    bistro: Bistro,
    transaction: Callable[[], AbstractAsyncContextManager[AsyncSession]],
    handle: Callable[[Event], Awaitable[None]],
    place: Callable[..., Awaitable[OrderPublic]],
) -> Callable[[str], Awaitable[OrderPublic]]:
    """Return a function that places an order and does the steps of the normal path before `trigger`."""

    async def accept(order_id: UUID) -> None:
        async with transaction() as session:
            await service.accept(session, order_id, user=bistro.kitchen, version=None, prep_minutes=20)

    async def run(before: str) -> OrderPublic:
        order = await place()
        for trigger in (*NORMAL_PATH, "delivery.delivered"):
            if trigger == before:
                break
            if trigger == "accept":
                await accept(order.id)
            else:
                await handle(bistro.event(trigger, order))
        return order

    return run


@pytest.fixture
def cancel(
    bistro: Bistro, transaction: Callable[[], AbstractAsyncContextManager[AsyncSession]]
) -> Callable[..., Awaitable[OrderPublic]]:
    """Return a function that cancels an order as its customer or another user."""

    async def run(order_id: UUID, role: str = "customer", who: UUID | None = None) -> OrderPublic:
        users = {"customer": bistro.customer, "restaurant": bistro.owner, "admin": new_id()}
        user = Principal(who or users[role], frozenset({role}))
        async with transaction() as session:
            return await service.cancel(session, order_id, user, version=None, reason="changed my mind")

    return run


@pytest.fixture
def pass_time(app: FastAPI) -> Callable[[str], Awaitable[None]]:
    """Return a function that makes a timer due and handles it."""
    resources = app.state.resources
    sweeper = Sweeper(resources.settings, resources.get(Database), events.deadlines)

    async def run(name: str) -> None:
        async with resources.get(Database).transaction() as session:
            moved = await (await session.connection()).execute(
                text("UPDATE deadlines SET due_at = now() - interval '1 s' WHERE name = :name"), {"name": name}
            )
        assert moved.rowcount == 1
        assert await sweeper.sweep_one()

    return run


@pytest.fixture
def timers(
    transaction: Callable[[], AbstractAsyncContextManager[AsyncSession]],
) -> Callable[[], Awaitable[dict[str, int]]]:
    """Return a function that reads the running timers with their remaining seconds, rounded."""

    async def run() -> dict[str, int]:
        query = "SELECT name, round(extract(epoch FROM due_at - now())) FROM deadlines"
        async with transaction() as session:
            rows = (await (await session.connection()).execute(text(query))).all()
        return {name: int(left) for name, left in rows}

    return run


@pytest.fixture
def replicate_restaurant(bistro: Any, handle: Callable[[Event], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Return a function that replicates the restaurant, with changes."""

    async def run(**changes: Any) -> None:
        for event in (bistro.restaurant.model_copy(update=changes), bistro.pizza, bistro.soup):
            await handle(event)

    return run


@pytest.fixture
def customer(bistro: Any, issuer: Issuer) -> Callable[[], dict[str, str]]:
    """Return a function that returns a customer's headers, with a new key each time."""
    return lambda: issuer.bearer("customer", bistro.customer) | {"Idempotency-Key": str(new_id())}
