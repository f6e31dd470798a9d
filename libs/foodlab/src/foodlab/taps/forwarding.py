"""Events as webhooks: signed according to Standard Webhooks, with retries."""

import asyncio
import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx2
from standardwebhooks import Webhook

from devservers.errors import UsageError
from devservers.state import State, read_json, write_private

DELAYS = (1.0, 2.0, 5.0, 10.0, 30.0)
_SECRET_BYTES = 24


@dataclass(frozen=True)
class Outcome:
    """The outcome of one event: the last response, and the number of attempts."""

    answer: str
    tries: int
    received: bool


class Forwarder:
    """Sends events to one URL."""

    def __init__(
        self,
        http: httpx2.AsyncClient,
        url: str,
        secret: str,
        *,
        delays: tuple[float, ...] = DELAYS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Sign with a secret, and wait these seconds before each retry."""
        self._http = http
        self._url = url
        self._webhook = Webhook(secret)
        self._delays = delays
        self._now = now

    async def send(self, event_id: str, body: bytes) -> Outcome:
        """Send an event with the same id until the receiver answers 2xx or no retry is left."""
        answer = ""
        for tries, delay in enumerate((*self._delays, None), 1):
            answer, received = await self._try(event_id, body)
            if received or delay is None:
                return Outcome(answer, tries, received)
            await asyncio.sleep(delay)
        raise AssertionError("the last try has no delay")

    async def _try(self, event_id: str, body: bytes) -> tuple[str, bool]:
        moment = self._now()
        headers = {
            "Content-Type": "application/cloudevents+json",
            "webhook-id": event_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": self._webhook.sign(event_id, moment, body.decode()),
        }
        try:
            answer = await self._http.post(self._url, content=body, headers=headers)
        except httpx2.RequestError as error:
            return type(error).__name__, False
        return str(answer.status_code), answer.is_success


def require_url(url: str) -> None:
    """Raise UsageError for an invalid receiver URL."""
    try:
        parts = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise UsageError(f"--forward-to {url}: {error}") from None
    if parts.scheme not in {"http", "https"} or not parts.host:
        raise UsageError(f"--forward-to {url}: The URL must begin with http:// or https:// and name a host")


def secret_of(state: State) -> str:
    """Return the signing secret of this folder, which is created once."""
    path = state.folder / "webhooks.json"
    stored = read_json(path)
    if stored is None or not isinstance(stored.get("secret"), str):
        stored = {"secret": f"whsec_{base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"}
        write_private(path, stored)
    return str(stored["secret"])
