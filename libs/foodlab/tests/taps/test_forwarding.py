"""Webhooks are signed and repeated a limited number of times."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import aio_pika
import httpx2
import pytest
from rich.console import Console
from standardwebhooks import Webhook

from devservers.errors import UsageError
from devservers.state import State
from foodchassis import new_id
from foodchassis.kernel import Envelope
from foodlab.taps.exchange import EXCHANGE, tapped
from foodlab.taps.forwarding import Forwarder, Outcome, require_url, secret_of
from foodlab.taps.listen import forward, queue_of

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"id": "5", "type": "order.placed.v1"}'


class Receiver:
    """Returns given responses, and records requests."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.got = list[httpx2.Request]()

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.got.append(request)
        status = self.answers.pop(0)
        if status == 0:
            raise httpx2.ConnectError("no one listens")
        return httpx2.Response(status)

    async def send(self) -> Outcome:
        async with httpx2.AsyncClient(transport=httpx2.MockTransport(self.answer)) as http:
            return await Forwarder(http, "http://receiver/", SECRET, delays=(0, 0)).send("5", BODY)


async def test_a_receiver_can_verify_the_signature() -> None:
    receiver = Receiver(204)

    assert await receiver.send() == Outcome("204", 1, received=True)
    [got] = receiver.got
    assert got.headers["webhook-id"] == "5"
    assert got.headers["content-type"] == "application/cloudevents+json"
    assert Webhook(SECRET).verify(got.content, dict(got.headers)) == {"id": "5", "type": "order.placed.v1"}


@pytest.mark.parametrize("failure", [0, 302, 400, 500])
async def test_a_failed_webhook_is_sent_again_with_the_same_id(failure: int) -> None:
    receiver = Receiver(failure, failure, 200)

    assert await receiver.send() == Outcome("200", 3, received=True)
    assert {one.headers["webhook-id"] for one in receiver.got} == {"5"}


async def test_a_webhook_has_a_last_retry() -> None:
    assert await Receiver(500, 0, 503).send() == Outcome("503", 3, received=False)


async def test_each_attempt_is_signed_with_its_time() -> None:
    times = iter([datetime(2026, 11, 27, 12, 0, second, tzinfo=UTC) for second in (1, 2)])
    receiver = Receiver(500, 200)
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(receiver.answer)) as http:
        await Forwarder(http, "http://receiver/", SECRET, delays=(0,), now=lambda: next(times)).send("5", BODY)

    first, second = receiver.got
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 1
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


class Message:
    """A message from the broker."""

    routing_key = "order.placed"

    def __init__(self, body: bytes) -> None:
        self.body, self.acked = body, 0

    async def ack(self) -> None:
        self.acked += 1


EVENT = Envelope(
    source="/orders", type="order.placed.v1", subject=new_id(), sequence=1, correlationid="c", causationid="c", data={}
)
# Its id is sent in a header, which cannot contain such characters.
ODD_ID = EVENT.model_dump_json().replace(str(EVENT.id), "\u00e9").encode()


@pytest.mark.parametrize(
    "body", [b"{", b"\xff", b"[]", b"{}", b'{"id": "5"}', ODD_ID], ids=["cut", "bytes", "list", "empty", "part", "id"]
)
async def test_a_message_that_is_not_an_event_is_acknowledged_unsent(body: bytes) -> None:
    message: Any = Message(body)
    never: Any = None
    console = Console(file=StringIO())
    await forward(never, message, console)

    assert message.acked == 1
    assert "not an event" in console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("error", [httpx2.TooManyRedirects, httpx2.DecodingError, httpx2.ConnectError])
async def test_an_invalid_response_does_not_end_the_forwarding(error: type[httpx2.RequestError]) -> None:
    def fail(_: httpx2.Request) -> httpx2.Response:
        raise error("odd")

    message: Any = Message(EVENT.model_dump_json().encode())
    console = Console(file=StringIO(), width=120)
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(fail)) as http:
        await forward(Forwarder(http, "http://receiver/", SECRET, delays=()), message, console)

    assert message.acked == 1
    assert error.__name__ in console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("url", ["localhost:9000", "ftp://here/", "http://", "http://[::1", "http://here:port/"])
def test_other_receiver_urls_are_refused(url: str) -> None:
    with pytest.raises(UsageError, match="--forward-to"):
        require_url(url)


async def test_only_selected_events_are_forwarded(rabbitmq_url: str) -> None:
    async with await aio_pika.connect(rabbitmq_url) as connection:
        exchange = await (await connection.channel()).declare_exchange(EXCHANGE, "topic", durable=True)
        for keys in (["#"], ["order.*"]):
            async with tapped(rabbitmq_url, queue_of("http://receiver/", keys), keys) as queue:
                for key in ("payment.refunded", "order.created"):
                    await exchange.publish(aio_pika.Message(b"{}"), key)
                first = await queue.get(timeout=10)
                assert first.routing_key == ("payment.refunded" if keys == ["#"] else "order.created")

    assert queue_of("u", ["b", "a"]) == queue_of("u", ["a", "b"]) != queue_of("v", ["a", "b"])


def test_the_signing_secret_is_stored_once_and_private(tmp_path: Path) -> None:
    one, other = State(tmp_path / "one"), State(tmp_path / "other")
    for state in (one, other):
        state.prepare()

    assert secret_of(one) == secret_of(one) != secret_of(other)
    assert (one.folder / "webhooks.json").stat().st_mode & 0o077 == 0
