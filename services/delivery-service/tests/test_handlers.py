"""Events over a real broker, repeated and in any order, lead to a completed delivery."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from delivery_service.models import DeliveryStatus
from foodchassis import Database, Event, publish
from foodchassis.testing import eventually
from foodevents import OrderAssigned, OrderPaid, OrderPickedUp, OrderReady, UserErased


async def publish_all(app: FastAPI, *events: Event) -> None:
    async with app.state.resources.get(Database).transaction() as session:
        for event in events:
            await publish(session, event)


async def reached(city: Any, order: OrderPaid, status: DeliveryStatus) -> Any:
    async def there() -> Any:
        found = await city.find(order.order_id)
        return found if found is not None and found.status is status else None

    return await eventually(there, seconds=30)


async def test_a_hands_free_delivery_follows_the_events_of_the_order(
    live_app: FastAPI, city_of: Callable[[FastAPI], Any]
) -> None:
    city = city_of(live_app)
    driver = await city.driver(auto_accept=True)
    order = city.order()

    await publish_all(live_app, order, order)
    delivery = await reached(city, order, DeliveryStatus.ASSIGNED)
    confirmed = OrderAssigned(
        order_id=order.order_id, customer_id=order.customer_id, delivery_id=delivery.id, driver_id=driver
    )
    await publish_all(live_app, confirmed, confirmed)
    await reached(city, order, DeliveryStatus.PICKED_UP)
    under_way = OrderPickedUp(order_id=order.order_id, customer_id=order.customer_id, delivery_id=delivery.id)
    await publish_all(live_app, under_way, under_way)

    done = await reached(city, order, DeliveryStatus.DELIVERED)
    assert done.version == 5
    assert done.driver_id == driver


async def test_ready_food_before_the_payment_is_recorded_later(
    live_app: FastAPI, city_of: Callable[[FastAPI], Any]
) -> None:
    city = city_of(live_app)
    order = city.order()

    await publish_all(live_app, OrderReady(order_id=order.order_id, restaurant_id=order.restaurant_id))
    await publish_all(live_app, order)

    async def recorded() -> bool:
        found = await city.find(order.order_id)
        return found is not None and found.food_ready_at is not None

    assert await eventually(recorded)


async def test_a_cancellation_before_its_order_ends_the_delivery(
    live_app: FastAPI, city_of: Callable[[FastAPI], Any]
) -> None:
    city = city_of(live_app)
    driver = await city.driver(auto_accept=True)
    order, next_order = city.order(), city.order()

    await publish_all(live_app, city.cancellation(order))
    await reached(city, order, DeliveryStatus.CANCELLED)
    await publish_all(live_app, order, next_order)

    # Both events are in one queue, in this order: the first was not handled when the second was.
    assert (await reached(city, next_order, DeliveryStatus.ASSIGNED)).driver_id == driver
    assert (await city.find(order.order_id)).status is DeliveryStatus.CANCELLED


async def test_an_erasure_event_is_handled(live_app: FastAPI, city_of: Callable[[FastAPI], Any]) -> None:
    city = city_of(live_app)
    driver = await city.driver()

    await publish_all(live_app, UserErased(user_id=driver), UserErased(user_id=driver))

    async def erased() -> bool:
        return bool((await city.profile(driver)).name == "erased")

    assert await eventually(erased)


async def test_a_search_without_result_is_repeated_by_its_timer(
    live_app: FastAPI, city_of: Callable[[FastAPI], Any]
) -> None:
    city = city_of(live_app)
    city.resources.settings.search_interval = 0.05
    await city.driver(11_000, auto_accept=True)
    order = city.order()

    await publish_all(live_app, order)

    await reached(city, order, DeliveryStatus.ASSIGNED)
