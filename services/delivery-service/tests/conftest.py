"""A small city: drivers at known distances from one restaurant, and paid orders."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import func, text, update
from sqlmodel import col, select

from delivery_service.decide import Input
from delivery_service.handlers import events
from delivery_service.models import Delivery, DeliveryStatus, Driver, Offer
from delivery_service.rules.deadlines import OFFER_LAPSED, SEARCH_AGAIN, SEARCH_OVER
from delivery_service.schemas import Availability, DeliveryPublic, DriverUpdate, Location
from delivery_service.service import deliveries, drivers, erasure
from delivery_service.service.search import move
from foodchassis import Database, Principal, new_id, now
from foodchassis.kernel import BusyError
from foodchassis.messaging.deadlines import Sweeper
from foodchassis.storage.tables import deadlines
from foodevents import OrderAssigned, OrderCancelRequested, OrderPaid, OrderPickedUp, Place

KITCHEN = Place(line1="Ofenstrasse 1", city="Berlin", postal_code="10115", lat=52.52, lng=13.405)
ADDRESS = Place(line1="Geheimweg 7", city="Berlin", postal_code="10117", lat=52.53, lng=13.405)
OF_THE_SEARCH = (SEARCH_AGAIN, OFFER_LAPSED)
METRES_PER_DEGREE = 111_195


@pytest.fixture
def service_package() -> str:
    return "delivery_service"


class City:
    """Runs each step in a transaction of its own, like the service."""

    kitchen = KITCHEN

    def __init__(self, app: FastAPI) -> None:
        self.resources = app.state.resources
        self.database = self.resources.get(Database)

    async def driver(self, metres: int = 500, *, online: bool = True, auto_accept: bool = False, town: int = 0) -> UUID:
        """Create a driver `metres` north of the restaurant of a town; the search in one town does not reach another."""
        driver_id = new_id()
        await self.create_profile(driver_id, auto_accept=auto_accept)
        await self.move(driver_id, metres, town)
        if online:
            await self.available(driver_id)
        return driver_id

    async def create_profile(self, driver_id: UUID, *, auto_accept: bool = False) -> None:
        async with self.database.transaction() as session:
            profile = DriverUpdate(name="Mara", vehicle="bicycle", auto_accept=auto_accept)
            await drivers.save_profile(session, driver_id, profile)

    async def move(self, driver_id: UUID, metres: int, town: int = 0) -> None:
        async with self.database.transaction() as session:
            here = Location(lat=KITCHEN.lat + metres / METRES_PER_DEGREE, lng=KITCHEN.lng + town)
            await drivers.locate(session, driver_id, here)

    async def available(self, driver_id: UUID, *, online: bool = True) -> None:
        async with self.database.transaction() as session:
            await drivers.set_availability(session, driver_id, Availability(online=online))

    def order(self, **changes: Any) -> OrderPaid:
        facts = {
            "order_id": new_id(),
            "customer_id": new_id(),
            "restaurant_id": new_id(),
            "restaurant_name": "Ofen",
            "pickup": KITCHEN,
            "dropoff": ADDRESS,
            "ready_at": now(),
            "delivery_fee": 290,
            "tip": 150,
            "currency": "EUR",
        }
        return OrderPaid.model_validate(facts | changes)

    async def paid(self, town: int = 0, **changes: Any) -> Delivery:
        """Handle a paid order."""
        order = self.order(pickup=KITCHEN.model_copy(update={"lng": KITCHEN.lng + town}), **changes)
        await self.pay(order)
        return await self.delivery_of(order.order_id)

    async def work(self, use_case: Callable[..., Awaitable[Any]], *args: Any, **given: Any) -> Any:
        """Call a handler, and repeat it while it raises BusyError."""
        while True:
            with suppress(BusyError):
                async with self.database.begin() as transaction:
                    return await use_case(transaction, *args, **given)

    async def pay(self, order: OrderPaid) -> None:
        """Handle the payment of an order."""
        await self.work(deliveries.begin, order)

    async def pay_again(self, delivery: Delivery) -> None:
        """Handle the order's payment under another event id."""
        await self.pay(self.order(order_id=delivery.order_id, customer_id=delivery.customer_id))

    def cancellation(self, order: Delivery | OrderPaid, *, paid: bool = True) -> OrderCancelRequested:
        return OrderCancelRequested(
            order_id=order.order_id,
            customer_id=order.customer_id,
            restaurant_id=order.restaurant_id,
            reason="Changed my mind.",
            by="customer",
            keep=0,
            currency="EUR",
            paid=paid,
        )

    async def cancel(self, order: Delivery | OrderPaid, *, paid: bool = True) -> Delivery | None:
        """Handle the cancellation of an order."""
        await self.work(deliveries.cancel, self.cancellation(order, paid=paid))
        return await self.find(order.order_id)

    async def do_step(self, step: str, delivery: Delivery, *words: str, driver: UUID | None = None) -> DeliveryPublic:
        """Do a step as the driver of a delivery, or as another driver."""
        who = Principal(driver or delivery.driver_id or new_id(), frozenset({"driver"}))
        async with self.database.transaction() as session:
            return await deliveries.report(session, delivery.id, who, step, *words)

    async def erase(self, user_id: UUID) -> None:
        """Handle the erasure of a user."""
        await self.work(erasure.erase, user_id)

    async def profile(self, driver_id: UUID) -> Driver:
        async with self.database.transaction() as session:
            found: Driver = await session.get_one(Driver, driver_id)
        return found

    async def reach(self, status: DeliveryStatus, town: int = 0) -> Delivery:
        """Bring a delivery into a state by its steps."""
        if status is not DeliveryStatus.SEARCHING:
            hands_free = status not in {DeliveryStatus.OFFERED, DeliveryStatus.NO_DRIVER}
            await self.driver(auto_accept=hands_free, town=town)
        delivery = await self.paid(town)
        if status in {DeliveryStatus.PICKED_UP, DeliveryStatus.DELIVERED, DeliveryStatus.UNDELIVERABLE}:
            await self.do_step("pickup", delivery)
        if status is DeliveryStatus.DELIVERED:
            await self.do_step("deliver", delivery)
        if status is DeliveryStatus.UNDELIVERABLE:
            await self.do_step("fail", delivery, "Nobody opened.")
        if status is DeliveryStatus.CANCELLED:
            await self.cancel(delivery)
        if status is DeliveryStatus.NO_DRIVER:
            await self.available((await self.latest_offer(delivery)).driver_id, online=False)
            await self.pass_deadlines(SEARCH_OVER)
        reached = await self.delivery(delivery.id)
        assert reached.status is status
        return reached

    async def find(self, order_id: UUID) -> Delivery | None:
        async with self.database.transaction() as session:
            statement = select(Delivery).where(Delivery.order_id == order_id)
            found: Delivery | None = (await session.exec(statement)).one_or_none()
        return found

    async def delivery_of(self, order_id: UUID) -> Delivery:
        found = await self.find(order_id)
        assert found is not None
        return found

    async def delivery(self, delivery_id: UUID) -> Delivery:
        async with self.database.transaction() as session:
            found: Delivery = await session.get_one(Delivery, delivery_id)
        return found

    async def offers(self, delivery: Delivery) -> list[Offer]:
        """List the offers of a delivery, oldest first."""
        async with self.database.transaction() as session:
            statement = select(Offer).where(Offer.delivery_id == delivery.id).order_by(col(Offer.id))
            return list((await session.exec(statement)).all())

    async def latest_offer(self, delivery: Delivery) -> Offer:
        """Return the latest offer of a delivery."""
        return (await self.offers(delivery))[-1]

    async def age(self, delivery: Delivery, seconds: float) -> None:
        """Move the times of a delivery, or of its driver's last report, into the past."""
        span = timedelta(seconds=seconds)
        earlier = {
            name: col(getattr(Delivery, name)) - span
            for name in ("created_at", "searching_since", "ready_at", "assigned_at", "picked_up_at")
        }
        async with self.database.transaction() as session:
            await session.exec(update(Delivery).where(col(Delivery.id) == delivery.id).values(earlier))
            reported_at = col(Driver.located_at) - span
            await session.exec(
                update(Driver).where(col(Driver.id) == delivery.driver_id).values(located_at=reported_at)
            )

    async def age_report(self, driver_id: UUID, seconds: float) -> None:
        """Move a driver's last report into the past."""
        async with self.database.transaction() as session:
            reported_at = now() - timedelta(seconds=seconds)
            await session.exec(update(Driver).where(col(Driver.id) == driver_id).values(located_at=reported_at))

    async def timers(self, *names: str) -> set[tuple[str, UUID]]:
        """List the timers of the search, or those with other names."""
        statement = select(deadlines.c.name, deadlines.c.subject).where(deadlines.c.name.in_(names or OF_THE_SEARCH))
        async with self.database.transaction() as session:
            rows = (await session.exec(statement)).all()
        return {(name, subject) for name, subject in rows}

    async def rename_timers(self, timer: str, name: str) -> None:
        """Rename timers to the names of another release."""
        async with self.database.transaction() as session:
            await session.exec(update(deadlines).where(deadlines.c.name == timer).values(name=name))

    async def order_ready(self, delivery: Delivery) -> Delivery:
        """Handle the event that the food is ready."""
        await self.work(move, delivery.order_id, "order.ready", by="order_id")
        return await self.delivery(delivery.id)

    async def search_again(self, delivery: Delivery) -> Delivery:
        """Repeat the search of a waiting delivery."""
        await self.work(deliveries.expire, delivery.id, SEARCH_AGAIN)
        return delivery

    async def order_assigned(self, delivery: Delivery, driver: UUID) -> None:
        """Handle the event that the order is assigned to a driver."""
        event = OrderAssigned(
            order_id=delivery.order_id, customer_id=delivery.customer_id, delivery_id=delivery.id, driver_id=driver
        )
        await self.work(move, delivery.id, event.routing_key, given=Input(event))

    async def order_picked_up(self, delivery: Delivery) -> None:
        """Handle the event that the order was picked up."""
        event = OrderPickedUp(order_id=delivery.order_id, customer_id=delivery.customer_id, delivery_id=delivery.id)
        await self.work(move, delivery.id, event.routing_key, given=Input(event))

    async def seconds_left(self, delivery: Delivery, timer: str = SEARCH_OVER) -> float | None:
        """Return the seconds until a timer of a delivery is due, by the database's clock."""
        due = select(func.extract("epoch", deadlines.c.due_at - func.now()))
        mine = (deadlines.c.name == timer, deadlines.c.subject == delivery.id)
        async with self.database.transaction() as session:
            left = (await session.exec(due.where(*mine))).one_or_none()
        return None if left is None else float(left)

    async def transaction_is_blocked(self) -> bool:
        """Return whether a transaction waits for a lock."""
        async with self.database.transaction() as session:
            waiting = text(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            return (await session.exec(waiting)).first() is not None

    async def pass_deadlines(self, *names: str) -> None:
        """Make the deadlines of the search, or those with other names, due, and handle each once."""
        async with self.database.transaction() as session:
            past = func.now() - timedelta(seconds=1)
            which = deadlines.c.name.in_(names or OF_THE_SEARCH)
            await session.exec(update(deadlines).where(which).values(due_at=past))
        sweeper = Sweeper(self.resources.settings, self.database, events.deadlines)
        while await sweeper.sweep_one():
            pass


@pytest.fixture
def city(app: FastAPI) -> City:
    return City(app)


@pytest.fixture
def city_of() -> type[City]:
    """Return the class, to create a city for an app with a broker."""
    return City
