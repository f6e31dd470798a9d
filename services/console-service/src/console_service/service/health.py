"""The health of the services: their backlogs and dead letters."""

import asyncio
import time
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Literal, get_args

from pydantic_core import from_json, to_json

from console_service.adapters.visitor import Visitor
from console_service.errors import RefusedError
from console_service.rules.changes import View
from console_service.service.answering import answered
from foodchassis import now

# Those with queues of their own.
Service = Literal["user-service", "menu-service", "order-service", "payment-service", "delivery-service"]
SERVICES: tuple[Service, ...] = get_args(Service)
VERIFIED = "/operations/order-service/verification"
# The same time as in the alert InvariantsUnchecked; it should run at least daily.
OLD_AFTER = timedelta(days=2)
LATE_SECONDS = 60
MOST_DEAD_LETTERS = 100
# Each read removes dead letters from their queue briefly: repeat it only when their number changes or after this time.
AGAIN_SECONDS = 30.0
Json = dict[str, Any]


async def services(visitor: Visitor) -> View:
    """Return the rows of the services and of their queues, the fullest first, and the last verification."""
    states_read = asyncio.gather(*(_state(visitor, one) for one in SERVICES))
    found, verification = await asyncio.gather(states_read, _verification(visitor))
    states = dict(zip(SERVICES, found, strict=True))
    queues = [queue for state in states.values() if state for queue in state["queues"]]
    return {
        "services": {
            f"service-{name}": visitor.render(
                "health/service.html", name=name, state=state, attention=_needs_attention(state)
            )
            for name, state in states.items()
        },
        "queues": {
            f"queue-{one['name'].replace('.', '-')}": visitor.render("health/queue.html", queue=one)
            for one in sorted(queues, key=lambda one: (one["consumers"] > 0, -one["messages"], one["name"]))
        },
        "verification": verification,
    }


class DeadLetters:
    """The dead letters of one service, read only when necessary."""

    def __init__(self, visitor: Visitor, service: Service, jaeger_url: str) -> None:
        self._visitor = visitor
        self._path = f"/operations/{service}"
        self._service = service
        self._jaeger_url = jaeger_url
        self._count: int | None = None
        self._read_at = float("-inf")
        self._found: Json = {}

    async def view(self) -> View:
        """Return a card for each dead letter."""
        count = (await self._visitor.api.get(self._path))["dead_letters"]
        known = count == self._count and time.monotonic() - self._read_at < AGAIN_SECONDS
        # While another client reads dead letters, they are not in the queue.
        if not known or len(self._found["items"]) < min(self._found["total"], MOST_DEAD_LETTERS):
            self._found = await self._visitor.api.get(f"{self._path}/dead-letters", limit=MOST_DEAD_LETTERS)
            self._count, self._read_at = count, time.monotonic()
        return {
            "dead-letters-head": self._visitor.render(
                "health/head.html", service=self._service, total=self._found["total"], shown=len(self._found["items"])
            ),
            "dead-letters": {f"dead-letter-{one['id']}": self._card(one) for one in self._found["items"]},
        }

    def _card(self, dead_letter: Json) -> str:
        return self._visitor.render(
            "health/dead_letter.html",
            service=self._service,
            dead_letter=dead_letter,
            body=_pretty(dead_letter["body"]),
            jaeger_url=self._jaeger_url,
        )


async def replay(visitor: Visitor, service: Service, dead_letter_id: str) -> None:
    """Send a dead letter back to its queue."""
    await visitor.api.post(f"/operations/{service}/dead-letters/{dead_letter_id}/replay")


async def drop(visitor: Visitor, service: Service, dead_letter_id: str, form: dict[str, str]) -> None:
    """Drop a dead letter permanently."""
    body = {"reason": form.get("reason", "")}
    await visitor.api.post(f"/operations/{service}/dead-letters/{dead_letter_id}/drop", body)


async def _state(visitor: Visitor, service: Service) -> Json | None:
    """Return what waits in a service, or None when it does not answer."""
    return await answered(service, visitor.api.get(f"/operations/{service}"))


async def _verification(visitor: Visitor) -> str:
    """Return the result of the last `foodctl verify`, or that it never ran, or that the result is unavailable."""
    found = await answered(VERIFIED, _last(visitor))
    old = now() - datetime.fromisoformat(found["at"]) > OLD_AFTER if found else False
    return visitor.render("health/verification.html", found=found, old=old)


async def _last(visitor: Visitor) -> Json:
    """Return the last result; empty when it never ran."""
    try:
        return await visitor.api.get(VERIFIED)
    except RefusedError as error:
        if error.answered != HTTPStatus.NOT_FOUND:
            raise
        return {}


def _needs_attention(state: Json | None) -> bool:
    if state is None or state["broker"] == "down":
        return True
    outbox = state["outbox"]
    late = outbox["oldest_seconds"] > LATE_SECONDS
    return bool(late or outbox["parked"] or state["dead_letters"] or state["deadlines_overdue"])


def _pretty(body: str) -> str:
    """Return JSON with indentation, and any other text unchanged."""
    try:
        return to_json(from_json(body), indent=2).decode()
    except ValueError:
        return body
