"""Contacts of the customer, restaurant and courier of an open order."""

from uuid import UUID

from pydantic_core import from_json

from foodchassis.storage import Statement, Transaction
from foodevents import UserChanged
from order_service.machine import ENDED, ON_THE_WAY
from order_service.models import OrderFacts
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


def contacts_of(order: OrderFacts, stored: str | None) -> Contacts | None:
    """Return the contacts of the parties of an order, from rows as JSON; None when it has ended or none is known."""
    if order.status in ENDED or stored is None:
        return None
    known = {row.pop("id"): Contact.model_validate(row) for row in from_json(stored)}
    courier = order.driver_id if order.status in ON_THE_WAY else None
    parties = {"customer": order.customer_id, "kitchen": order.owner_id, "courier": courier}
    found = {party: known[str(one)] for party, one in parties.items() if str(one) in known}
    return Contacts(**found) if found else None
