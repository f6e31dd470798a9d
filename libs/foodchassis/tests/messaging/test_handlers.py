"""A router collects handlers and the types of their last parameters."""

from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import Database, Event, EventRouter, Resources
from foodchassis.messaging.handlers import opened, takes_transaction
from foodchassis.storage import Statement, Transaction


class BellRung(Event, type="bell.rung.v1", subject="bell_id"):
    bell_id: UUID


async def by_session(event: BellRung, session: AsyncSession) -> None:
    """Use the ORM."""


async def by_transaction(event: BellRung, transaction: Transaction) -> None:
    """Use plain statements."""


async def by_name(event: "BellRung", transaction: "Transaction") -> None:
    """Have the types as forward references."""


def test_an_event_has_one_handler() -> None:
    events = EventRouter()

    assert events.on(BellRung)(by_session) is by_session
    with pytest.raises(ValueError, match="BellRung has a handler already: by_session"):
        events.on(BellRung)(by_transaction)
    assert events.handlers == {BellRung: by_session}


def test_the_first_statements_of_a_handler_are_registered() -> None:
    def first(event: BellRung) -> list[Statement]:
        return [Statement("SELECT %(id)s", {"id": event.bell_id})]

    events = EventRouter()
    events.on(BellRung, first=first)(by_transaction)

    assert events.first == {BellRung: first}


def test_deadlines_effects_and_measures_are_collected() -> None:
    async def ask(effect: Any, resources: Resources) -> str:
        return ""

    async def answered(effect: Any, answer: str, transaction: Transaction) -> None:
        """Store the answer."""

    async def silent_bells(session: AsyncSession) -> None:
        """Count them."""

    events = EventRouter()
    events.at("bell.silent")(by_transaction)
    events.effect("ring", ask=ask, answered=answered)

    assert events.measure(silent_bells) is silent_bells
    assert list(events.deadlines) == ["bell.silent"]
    assert events.effects["ring"] == (ask, answered)
    assert events.measures == [silent_bells]


@pytest.mark.parametrize(("handler", "plain"), [(by_session, False), (by_transaction, True), (by_name, True)])
def test_the_last_parameter_of_a_handler_selects_session_or_transaction(handler: Any, plain: bool) -> None:
    assert takes_transaction(handler) is plain


@pytest.mark.parametrize(("handler", "kind"), [(by_session, AsyncSession), (by_transaction, Transaction)])
async def test_a_handler_gets_a_session_or_a_transaction(app: FastAPI, handler: Any, kind: type) -> None:
    async with opened(handler, app.state.resources.get(Database)) as given:
        assert isinstance(given, kind)
