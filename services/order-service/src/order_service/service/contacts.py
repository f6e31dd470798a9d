"""Contacts of the customer, restaurant and courier of an open order."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis.storage import Statement, Transaction
from foodevents import UserChanged
from order_service.machine import ENDED, ON_THE_WAY
from order_service.models import ContactCopy, Order
from order_service.schemas import Contact, Contacts

KEEP = """
    INSERT INTO contacts (id, version, name, phone)
    SELECT %(id)s, %(version)s, %(name)s, %(phone)s::text
    WHERE NOT EXISTS (SELECT FROM erased_users WHERE erased_users.id = %(id)s)
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, name = excluded.name, phone = excluded.phone
    WHERE contacts.version <= excluded.version
"""
FORGET = "DELETE FROM contacts WHERE id = %(id)s"


async def keep_contact(transaction: Transaction, event: UserChanged) -> None:
    """Store the contact of a user, unless a newer one is stored or the user was erased."""
    row = {"id": event.user_id, "version": event.version, "name": event.name, "phone": event.phone}
    await transaction.put(Statement(KEEP, row))


def forget_contact(user_id: UUID) -> Statement:
    """Return the statement that deletes the contact of a user."""
    return Statement(FORGET, {"id": user_id})


async def contacts_of(session: AsyncSession, order: Order) -> Contacts | None:
    """Return the contacts of the parties of an order, or None when it has ended or none is known."""
    if order.status in ENDED:
        return None
    courier = order.driver_id if order.status in ON_THE_WAY else None
    parties = {"customer": order.customer_id, "kitchen": order.owner_id, "courier": courier}
    query = select(ContactCopy).where(col(ContactCopy.id).in_([one for one in parties.values() if one]))
    known = {one.id: Contact.model_validate(one) for one in (await session.exec(query)).all()}
    return Contacts(**{party: known.get(one) for party, one in parties.items() if one}) if known else None
