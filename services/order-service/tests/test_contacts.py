"""Customer, kitchen and courier see each other's contacts only while their order is open."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Event, Principal, new_id
from foodchassis.storage import transaction_of
from foodevents import UserChanged, UserErased
from order_service import service
from order_service.models import ContactCopy
from order_service.schemas import Contact, Contacts, OrderPublic
from order_service.service.contacts import contacts_of

Handle = Callable[[Event], Awaitable[None]]
OrderBefore = Callable[[str], Awaitable[OrderPublic]]
ADA, OWL, AMINA = (
    Contact(name="Ada", phone="+3292667700"),
    Contact(name="Da Lia", phone=None),
    Contact(name="Amina", phone=None),
)


def contact_changed(user_id: UUID, contact: Contact, version: int = 1) -> UserChanged:
    return UserChanged(user_id=user_id, version=version, **contact.model_dump())


@pytest.fixture
async def contacts_known(bistro: Any, handle: Handle) -> None:
    for user_id, contact in ((bistro.customer, ADA), (bistro.owner, OWL), (bistro.driver, AMINA)):
        await handle(contact_changed(user_id, contact))


async def seen(session: AsyncSession, order: OrderPublic, user_id: UUID, role: str) -> Contacts | None:
    session.expire_all()
    return (
        await service.get_order(await transaction_of(session), order.id, Principal(user_id, frozenset({role})))
    ).contacts


async def test_parties_of_an_open_order_see_each_others_contact(
    bistro: Any, order_before: OrderBefore, handle: Handle, contacts_known: None, session: AsyncSession
) -> None:
    order = await order_before("delivery.assigned")
    assert await seen(session, order, bistro.customer, "customer") == Contacts(customer=ADA, kitchen=OWL)
    await handle(bistro.event("delivery.assigned", order))
    for user_id, role in ((bistro.customer, "customer"), (bistro.owner, "restaurant"), (bistro.driver, "driver")):
        assert await seen(session, order, user_id, role) == Contacts(customer=ADA, kitchen=OWL, courier=AMINA)


def test_only_contacts_of_shown_parties_count_as_known(bistro: Any) -> None:
    stored = json.dumps([{"id": str(bistro.driver), "name": AMINA.name, "phone": AMINA.phone}])

    assert contacts_of(bistro.order("cancelling", driver_id=bistro.driver), stored) is None
    assert contacts_of(bistro.order("assigned"), stored) == Contacts(courier=AMINA)


async def test_contacts_are_hidden_after_the_order_ended(
    bistro: Any, order_before: OrderBefore, handle: Handle, contacts_known: None, session: AsyncSession
) -> None:
    order = await order_before("delivery.delivered")
    await handle(bistro.event("delivery.delivered", order))

    for user_id, role in (
        (bistro.customer, "customer"), (bistro.owner, "restaurant"), (bistro.driver, "driver"), (new_id(), "admin"),
    ):  # fmt: skip
        assert await seen(session, order, user_id, role) is None


async def test_the_newest_contact_replaces_older_ones(
    bistro: Any, order_before: OrderBefore, handle: Handle, contacts_known: None, session: AsyncSession
) -> None:
    order = await order_before("delivery.assigned")
    await handle(contact_changed(bistro.customer, Contact(name="Countess", phone=None), 3))
    await handle(contact_changed(bistro.customer, Contact(name="Nobody", phone=None), 2))

    contacts = await seen(session, order, bistro.owner, "restaurant")
    assert contacts is not None
    assert contacts.customer == Contact(name="Countess", phone=None)


async def test_a_republished_contact_fills_fields_missing_from_the_previous_release(
    bistro: Any, order_before: OrderBefore, handle: Handle, contacts_known: None, session: AsyncSession
) -> None:
    order = await order_before("delivery.assigned")
    whole = OWL.model_copy(update={"phone": "+3292667701"})
    await handle(contact_changed(bistro.owner, whole))

    assert await seen(session, order, bistro.customer, "customer") == Contacts(customer=ADA, kitchen=whole)


async def test_a_late_contact_event_does_not_restore_an_erased_name(
    bistro: Any, handle: Handle, contacts_known: None, session: AsyncSession
) -> None:
    await handle(UserErased(user_id=bistro.customer))
    await handle(contact_changed(bistro.customer, ADA, 7))

    left = {one.id for one in (await session.exec(select(ContactCopy))).all()}
    assert left == {bistro.owner, bistro.driver}
