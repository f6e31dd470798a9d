"""The health of the services: their backlogs and dead letters."""

import asyncio
import time
from http import HTTPStatus
from typing import Any, Literal, get_args

import structlog
from pydantic_core import from_json, to_json

from console_service.adapters.visitor import Visitor
from console_service.errors import LoggedOutError, NoStoreError, RefusedError
from console_service.rules.changes import View
from foodchassis.kernel import ServiceError

log = structlog.get_logger()
# The services with queues of their own.
Service = Literal["user-service", "menu-service", "order-service", "payment-service", "delivery-service"]
SERVICES: tuple[Service, ...] = get_args(Service)
# A service that takes longer is shown as unreachable, so that the others do not wait for it.
ANSWER_SECONDS = 3.0
# The statuses with which the API refuses the user, for any service.
ABOUT_THE_READER = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
LATE_SECONDS = 60
MOST_LETTERS = 100
# Each read removes dead letters from their queue briefly: repeat it only when their number changes or after this time.
AGAIN_SECONDS = 30.0
Json = dict[str, Any]


async def services(visitor: Visitor) -> View:
    """Return the rows of the services and of their queues, the fullest first."""
    states = dict(zip(SERVICES, await asyncio.gather(*(_state(visitor, one) for one in SERVICES)), strict=True))
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
    }


class Letters:
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
        if not known or len(self._found["items"]) < min(self._found["total"], MOST_LETTERS):
            self._found = await self._visitor.api.get(f"{self._path}/dead-letters", limit=MOST_LETTERS)
            self._count, self._read_at = count, time.monotonic()
        return {
            "letters-head": self._visitor.render(
                "health/head.html", service=self._service, total=self._found["total"], shown=len(self._found["items"])
            ),
            "letters": {f"letter-{one['id']}": self._card(one) for one in self._found["items"]},
        }

    def _card(self, letter: Json) -> str:
        return self._visitor.render(
            "health/letter.html",
            service=self._service,
            letter=letter,
            body=_pretty(letter["body"]),
            jaeger_url=self._jaeger_url,
        )


async def replay(visitor: Visitor, service: Service, letter_id: str) -> None:
    """Send a dead letter back to its queue."""
    await visitor.api.post(f"/operations/{service}/dead-letters/{letter_id}/replay")


async def drop(visitor: Visitor, service: Service, letter_id: str, form: dict[str, str]) -> None:
    """Drop a dead letter permanently."""
    body = {"reason": form.get("reason", "")}
    await visitor.api.post(f"/operations/{service}/dead-letters/{letter_id}/drop", body)


async def _state(visitor: Visitor, service: Service) -> Json | None:
    """Return the backlog of a service, or None when it does not respond."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await visitor.api.get(f"/operations/{service}")
    except (LoggedOutError, NoStoreError):
        raise
    except (ServiceError, TimeoutError) as error:
        if isinstance(error, RefusedError) and error.answered in ABOUT_THE_READER:
            raise
        log.info("console.service_silent", about=service, kind=type(error).__name__)
        return None


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
