"""A program that runs payment-service and kills itself by SIGKILL at a given point, once for each case."""

import asyncio
import json
import os
import signal
import sys
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from foodchassis import Database, Event, Resources, new_id
from foodchassis.messaging import Effects
from foodevents import OrderAccepted, OrderCancelRequested, OrderCreated, OrderRejected
from payment_service.adapters.provider import PaymentProvider
from payment_service.adapters.simulated import SimulatedProvider
from payment_service.handlers import events
from payment_service.machine import ANSWERS
from payment_service.main import create_app
from payment_service.models import Operation
from payment_service.service.payments import Payments

OPEN = text("SELECT count(*) FROM effects WHERE subject = :payment")
patch = setattr  # an alias, because the linter demands an assignment, which the type checker refuses


def die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def after_storing_the_effect(_: Resources, operation: Operation) -> None:
    begin = Effects.begin

    def begun(self: Effects, effects: Any, *others: Any) -> None:
        begin(self, effects, *others) if all(one.payload["operation"] != operation for one in effects) else die()

    patch(Effects, "begin", begun)


def before_the_request(resources: Resources, operation: Operation) -> None:
    patch(resources.get(PaymentProvider), operation.value, die)


def after_making_the_effect(_: Resources, operation: Operation) -> None:
    answer = SimulatedProvider._answer

    async def answered(self: SimulatedProvider, done: Any, entry: Any) -> Any:
        return await answer(self, done, entry) if done.operation is not operation else die()

    patch(SimulatedProvider, "_answer", answered)


def before_the_commit(_: Resources, operation: Operation) -> None:
    handler = events.effects["provider"]

    async def answered(effect: Any, answer: Any, transaction: Any) -> None:
        await handler.answered(effect, answer, transaction)
        if effect.payload["operation"] == operation:
            await transaction.send()
            die()

    events.effects["provider"] = handler._replace(answered=answered)


def after_the_commit(_: Resources, operation: Operation) -> None:
    committed = Payments.committed

    def done(self: Payments, before: Any, decision: Any, trigger: str, resources: Any) -> None:
        committed(self, before, decision, trigger, resources) if trigger not in ANSWERS[operation] else die()

    patch(Payments, "committed", done)


POINTS = {
    point.__name__: point
    for point in (
        after_storing_the_effect,
        before_the_request,
        after_making_the_effect,
        before_the_commit,
        after_the_commit,
    )
}


def events_of(order_id: UUID, operation: Operation, method: str) -> list[Event]:
    """Return the events of an order, the last of which leads to `operation` at the provider."""
    who = {"customer_id": new_id(), "restaurant_id": new_id()}
    parts = {"subtotal": 2000, "delivery_fee": 200, "service_fee": 100, "tax": 50, "tip": 0}
    whole = {"order_id": order_id, "total": 2350, "currency": "EUR", **who}
    created = OrderCreated(**whole, **parts, payment_method=method)
    accepted = OrderAccepted(**whole, ready_at=datetime.now(UTC))
    reason = {"order_id": order_id, "reason": "late", **who}
    rejected = OrderRejected(**reason)
    cancelled = OrderCancelRequested(**reason, by="customer", keep=0, currency="EUR", paid=True)
    ends: dict[Operation, list[Event]] = {
        Operation.AUTHORIZE: [],
        Operation.CAPTURE: [accepted],
        # The hold of a card that cannot be captured is released automatically.
        Operation.VOID: [accepted if method == "tok_capture_fails" else rejected],
        Operation.REFUND: [accepted, cancelled],
    }
    return [created, *ends[operation]]


async def run_until_crash(order_id: str, operation: str, method: str, point: str) -> None:
    app = create_app()
    async with app.router.lifespan_context(app):
        resources: Resources = app.state.resources
        *before, last = events_of(UUID(order_id), Operation(operation), method)
        payment_id = UUID(int=last.subject.int ^ 1)
        for event in before:
            await handle(resources, event, payment_id)
        POINTS[point](resources, Operation(operation))
        await handle(resources, last, payment_id)


async def handle(resources: Resources, event: Event, payment_id: UUID) -> None:
    """Handle an event, and wait until the provider has responded."""
    database: Any = resources.get(Database)
    async with database.begin() as transaction:
        await events.handlers[type(event)](event, transaction)
    async with asyncio.timeout(20):
        while True:
            async with database.engine.connect() as connection:
                # Work of earlier cases is ignored.
                if (await connection.execute(OPEN, {"payment": payment_id})).scalar_one() == 0:
                    return
            await asyncio.sleep(0.01)


def main() -> None:
    """Run each case in a separate process, and print its result."""
    ends = []
    for case in json.loads(sys.argv[1]):
        if (child := os.fork()) == 0:
            asyncio.run(run_until_crash(*case))
            os._exit(0)
        ends.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    sys.stdout.write(json.dumps(ends))


if __name__ == "__main__":
    main()
