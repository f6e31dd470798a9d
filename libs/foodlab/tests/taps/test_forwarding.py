"""Events are signed, sent again until they are received, and given up in the end."""

from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from standardwebhooks import Webhook

from devservers.state import State
from foodlab.taps.forwarding import Forwarder, Outcome, secret_of

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"id": "5", "type": "order.placed.v1"}'


class Receiver:
    """Answers what it is told to, and keeps what it got."""

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


async def test_a_receiver_can_check_the_signature() -> None:
    receiver = Receiver(204)

    assert await receiver.send() == Outcome("204", 1, received=True)
    [got] = receiver.got
    assert got.headers["webhook-id"] == "5"
    assert got.headers["content-type"] == "application/cloudevents+json"
    assert Webhook(SECRET).verify(got.content, dict(got.headers)) == {"id": "5", "type": "order.placed.v1"}


@pytest.mark.parametrize("failure", [0, 302, 400, 500])
async def test_what_is_not_received_is_sent_again_under_the_same_id(failure: int) -> None:
    receiver = Receiver(failure, failure, 200)

    assert await receiver.send() == Outcome("200", 3, received=True)
    assert {one.headers["webhook-id"] for one in receiver.got} == {"5"}


async def test_it_is_given_up_in_the_end() -> None:
    assert await Receiver(500, 0, 503).send() == Outcome("503", 3, received=False)


async def test_each_try_is_signed_at_its_own_time() -> None:
    times = iter([datetime(2026, 11, 27, 12, 0, second, tzinfo=UTC) for second in (1, 2)])
    receiver = Receiver(500, 200)
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(receiver.answer)) as http:
        await Forwarder(http, "http://receiver/", SECRET, delays=(0,), now=lambda: next(times)).send("5", BODY)

    first, second = receiver.got
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 1
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


def test_a_system_keeps_its_secret_to_itself(tmp_path: Path) -> None:
    one, other = State(tmp_path / "one"), State(tmp_path / "other")
    for state in (one, other):
        state.prepare()

    assert secret_of(one) == secret_of(one) != secret_of(other)
    assert (one.folder / "webhooks.json").stat().st_mode & 0o077 == 0
