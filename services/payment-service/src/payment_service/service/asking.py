"""Asks the provider, with the key that makes the question safe to repeat, and for a limited time."""

import asyncio
from collections.abc import Awaitable

from opentelemetry.trace import SpanKind
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import annotate, resources, semconv, step
from payment_service.errors import ProviderUnavailableError
from payment_service.models import Operation, Payment, Refund
from payment_service.provider import Answer, PaymentProvider
from payment_service.settings import PaymentSettings


async def authorize(session: AsyncSession, payment: Payment, method: str) -> Answer:
    """Ask for a hold; `method` is passed on and never stored here."""
    key = _key(payment, Operation.AUTHORIZE)
    return await _in_time(
        session, Operation.AUTHORIZE, _provider(session).authorize(key, payment.amount, payment.currency, method)
    )


async def capture(session: AsyncSession, payment: Payment) -> Answer:
    """Ask for all that is held."""
    key = _key(payment, Operation.CAPTURE)
    return await _in_time(session, Operation.CAPTURE, _provider(session).capture(key, _hold(payment), payment.amount))


async def void(session: AsyncSession, payment: Payment) -> Answer:
    """Ask to release the hold."""
    return await _in_time(
        session, Operation.VOID, _provider(session).void(_key(payment, Operation.VOID), _hold(payment))
    )


async def refund(session: AsyncSession, payment: Payment, back: Refund) -> Answer:
    """Ask to give an amount back; each attempt after a refusal is a question of its own."""
    key = f"{_key(payment, Operation.REFUND)}:{back.id}:{back.attempt}"
    return await _in_time(session, Operation.REFUND, _provider(session).refund(key, _hold(payment), back.amount))


async def _in_time(session: AsyncSession, operation: Operation, call: Awaitable[Answer]) -> Answer:
    settings = resources(session).settings
    assert isinstance(settings, PaymentSettings)
    try:
        with step(f"provider {operation}", SpanKind.CLIENT, {semconv.PEER_SERVICE: "payment-provider"}):
            async with asyncio.timeout(settings.provider_timeout):
                answer = await call
            annotate({"provider.refusal": answer.refusal})
            return answer
    except TimeoutError as error:
        raise ProviderUnavailableError("No answer in time; it is asked again with the same key.") from error


def _provider(session: AsyncSession) -> PaymentProvider:
    provider: PaymentProvider = resources(session).get(PaymentProvider)
    return provider


def _key(payment: Payment, operation: Operation) -> str:
    return f"{payment.id}:{operation}"


def _hold(payment: Payment) -> str:
    assert payment.hold is not None
    return payment.hold
