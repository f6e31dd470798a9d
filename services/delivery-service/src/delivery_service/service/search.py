"""The search: brings waiting deliveries and free drivers together, from either side."""

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
    """Lock a delivery and do what `trigger` does to it. Raises DeliveryNotFoundError, IllegalTransitionError."""
    before = await load(transaction, DELIVERIES, key, by=by)
    return await react(transaction, before, trigger, given)


async def react(
    transaction: Transaction, before: DeliveryFacts | None, trigger: str, given: Input | None = None
) -> Decided:
    """Do what `trigger` does to a delivery that the transaction holds, with a candidate when it searches.

    A driver who is freed is matched to what waits. Raises DeliveryNotFoundError, IllegalTransitionError.
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
    """Return who may be asked about a delivery: the nearest driver, or whom a test order names."""
    if sandbox.is_played(delivery):
        return await sandbox.candidate(transaction, delivery)
    return await candidates.find(transaction, delivery.id, area)


async def match(transaction: Transaction, driver_id: UUID, here: Positioned | None = None) -> None:
    """Ask a driver who became free or moved about the longest waiting delivery that reaches them.

    Without `here` they are where they were when they last reported.
    """
    for delivery_id in await candidates.waiting(transaction, driver_id, here):
        try:
            delivery = await load(transaction, DELIVERIES, delivery_id, wait=False)
        except BusyError:
            continue  # who holds it is asking a driver about it now
        if delivery is None or delivery.status is not DeliveryStatus.SEARCHING:
            continue
        if (found := await candidates.claim(transaction, delivery.id, [driver_id])) is not None:
            await react(transaction, delivery, "driver.found", Input(candidates=(found,)))
            return
