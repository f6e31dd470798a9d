"""The search, which matches waiting deliveries and available drivers."""

from dataclasses import replace
from uuid import UUID

from delivery_service.decide import Decided, Input, freed, search_area
from delivery_service.models import DeliveryFacts, DeliveryStatus
from delivery_service.rules.dispatch import Area, Candidate, Positioned
from delivery_service.service import candidates, sandbox
from delivery_service.service.storage import DELIVERIES, policy_of
from foodchassis import now
from foodchassis.kernel import BusyError
from foodchassis.messaging import apply, load
from foodchassis.storage import Transaction


async def move(
    transaction: Transaction, key: UUID, trigger: str, *, by: str = "id", given: Input | None = None
) -> Decided:
    """Lock a delivery and apply `trigger`. Raises DeliveryNotFoundError or IllegalTransitionError."""
    before = await load(transaction, DELIVERIES, key, by=by)
    return await react(transaction, before, trigger, given)


async def react(
    transaction: Transaction, before: DeliveryFacts | None, trigger: str, given: Input | None = None
) -> Decided:
    """Apply `trigger` to a delivery that the transaction has locked, with a candidate when it searches.

    A driver who becomes free is matched to waiting deliveries. Raises DeliveryNotFoundError or IllegalTransitionError.
    """
    given, moment, resources = given or Input(), now(), transaction.resources
    decided = DELIVERIES.decide(before, trigger, event=given, now=moment, resources=resources)
    area = search_area(decided, now=moment, policy=policy_of(resources))
    if area is not None and (found := await _candidate(transaction, decided.row, area)) is not None:
        given = replace(given, candidates=(found,))
        decided = DELIVERIES.decide(before, trigger, event=given, now=moment, resources=resources)
    await apply(transaction, DELIVERIES, before, decided, trigger)
    if (driver_id := freed(before, decided.row)) is not None:
        await match(transaction, driver_id)
    return decided


async def _candidate(transaction: Transaction, delivery: DeliveryFacts, area: Area) -> Candidate | None:
    """Return the candidate for a delivery: the nearest driver, or the courier of a test order."""
    if sandbox.is_played(delivery):
        return await sandbox.candidate(transaction, delivery)
    return await candidates.find(transaction, delivery.id, area)


async def match(transaction: Transaction, driver_id: UUID, here: Positioned | None = None) -> None:
    """Offer the longest waiting delivery in reach to a driver who became free or moved.

    Without `here` the driver's last reported position is used.
    """
    for delivery_id in await candidates.waiting(transaction, driver_id, here):
        try:
            delivery = await load(transaction, DELIVERIES, delivery_id, wait=False)
        except BusyError:
            continue  # another transaction is making an offer of it
        if delivery is None or delivery.status is not DeliveryStatus.SEARCHING:
            continue
        if (found := await candidates.claim(transaction, delivery.id, [driver_id])) is not None:
            await react(transaction, delivery, "driver.found", Input(candidates=(found,)))
            return
