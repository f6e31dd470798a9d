"""Sends requests to the provider outside any transaction, and handles responses inside one."""

import asyncio
from collections.abc import Awaitable

from opentelemetry.trace import SpanKind

from foodchassis import Resources, annotate, semconv
from foodchassis.kernel import Effect
from foodchassis.storage import Transaction
from foodchassis.telemetry import step
from payment_service.adapters.provider import PaymentProvider
from payment_service.machine import ANSWERS
from payment_service.models import Operation
from payment_service.rules.commands import Answer
from payment_service.service.payments import take
from payment_service.settings import PaymentSettings


async def ask(effect: Effect, resources: Resources) -> Answer:
    """Send an effect to the provider. Raises TimeoutError; its key makes it safe to repeat."""
    operation = Operation(effect.payload["operation"])
    with step(f"provider {operation}", SpanKind.CLIENT, {semconv.PEER_SERVICE: "payment-provider"}):
        async with asyncio.timeout(resources.get(PaymentSettings).provider_timeout):
            answer = await _asked(resources.get(PaymentProvider), operation, effect)
        annotate({"provider.refusal": answer.refusal})
    return answer


async def answered(effect: Effect, answer: Answer, transaction: Transaction) -> None:
    """Handle the provider's response."""
    done, refused = ANSWERS[Operation(effect.payload["operation"])]
    trigger = done if answer.refusal is None else refused
    await take(transaction, effect.subject, trigger, by="id", event=answer)


def _asked(provider: PaymentProvider, operation: Operation, effect: Effect) -> Awaitable[Answer]:
    wanted = effect.payload
    match operation:
        case Operation.AUTHORIZE:
            return provider.authorize(effect.key, wanted["amount"], wanted["currency"], wanted["method"])
        case Operation.CAPTURE:
            return provider.capture(effect.key, wanted["hold"], wanted["amount"])
        case Operation.VOID:
            return provider.void(effect.key, wanted["hold"])
        case Operation.REFUND:
            return provider.refund(effect.key, wanted["hold"], wanted["amount"])
