import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import uuid4

import aio_pika
import psycopg
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from typer.testing import CliRunner, Result

from devservers.infra import Infra
from devservers.interface import Endpoints
from devservers.state import State
from foodchassis.kernel import Envelope
from foodchassis.messaging.broker import dead_letters, event_queue
from foodchassis.testing.databases import Templates
from foodctl.catalog import DEFAULT_PORTS
from foodctl.cli import app
from foodctl.credentials import Credentials
from foodctl.system import System

SERVICE = "order-service"
QUEUE = "order-service.order.paid"
DEAD = "order-service.dead"
PARKED = {"x-queue": QUEUE, "x-reason": "ValueError: no such order", "x-attempt": 5, "traceparent": "00-1-1-01"}
# How often a message was returned and delivered: which of them a queue adds depends on its release.
COUNTS = {"x-delivery-count", "x-acquired-count"}
ACK = aio_pika.message.IncomingMessage.ack
Run = Callable[..., Result]
Act = Callable[..., Any]


@pytest.fixture(autouse=True)
def queues(act: Act) -> None:
    """Declare the queues of one service."""

    async def declare(channel: AbstractChannel) -> None:
        for queue in (event_queue(SERVICE, "order.paid"), dead_letters(SERVICE)):
            await channel.declare_queue(queue.name, durable=True, arguments=queue.arguments)

    act(declare)


@pytest.fixture
def run(rabbitmq_url: str, state: State, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that calls `foodctl dlq` for a system on this broker."""
    monkeypatch.setenv("FOODAPP_STATE", str(state.folder))
    monkeypatch.setenv("COLUMNS", "200")
    endpoints = Endpoints(postgres_url="postgresql://x/", redis_url="redis://x/", rabbitmq_url=rabbitmq_url)
    System(Infra.EXTERNAL, DEFAULT_PORTS, endpoints, Credentials.of(state)).save(state)

    def call(*arguments: str, **more: Any) -> Result:
        return CliRunner().invoke(app, ["dlq", *arguments], **more)

    return call


@pytest.fixture
def park(act: Act) -> Callable[..., str]:
    """Return a function that publishes a dead letter."""

    def put(body: bytes = b"{}", headers: Mapping[str, Any] = PARKED, queue: str = DEAD, **more: Any) -> str:
        message_id = str(uuid4())
        message = aio_pika.Message(
            body, headers=dict(headers), message_id=message_id, delivery_mode=aio_pika.DeliveryMode.PERSISTENT, **more
        )
        act(lambda channel: channel.default_exchange.publish(message, queue, timeout=10))
        return message_id

    return put


@pytest.fixture
def waiting(act: Act) -> Callable[..., list[AbstractIncomingMessage]]:
    """Return a function that waits until a queue has the expected number of messages, and receives them."""

    def take(queue: str, count: int, *, leave: bool = False) -> list[AbstractIncomingMessage]:
        async def work(channel: AbstractChannel) -> list[AbstractIncomingMessage]:
            async with asyncio.timeout(10):
                while True:
                    declared = await channel.declare_queue(queue, passive=True)
                    if declared.declaration_result.message_count == count:
                        break
                    await asyncio.sleep(0.05)
            return [await declared.get(no_ack=not leave) for _ in range(count)]

        found: list[AbstractIncomingMessage] = act(work)
        return found

    return take


def told(message: AbstractIncomingMessage) -> dict[str, Any]:
    """Return a message's headers without those that its queue adds."""
    return {name: value for name, value in message.headers.items() if name not in COUNTS}


def test_a_new_broker_has_no_dead_letters(run: Run) -> None:
    assert run("list").output == "no dead letters\n"


def test_a_list_counts_dead_letters_by_queue_and_reason(run: Run, park: Any, waiting: Any) -> None:
    ids = [
        park(headers={**PARKED, "x-reason": f"IllegalTransitionError: {uuid4()} is delivered\nand more"})
        for _ in range(4)
    ]
    park(headers={**PARKED, "x-reason": "ValueError: [bold]no markup[/bold] \x1b[31m"})

    shown = run("list").output

    [four] = [line.split() for line in shown.splitlines() if "IllegalTransitionError: … is delivered and more" in line]
    assert four[:3] == ["order-service", "order.paid", "4"]
    assert ids[0][-8:] in four
    assert "and 1 more" in shown
    assert r"[bold]no markup[/bold] \x1b[31m" in shown
    assert "5 dead letters" in shown
    waiting(DEAD, 5)


def test_showing_a_dead_letter_prints_and_keeps_it(run: Run, park: Any, waiting: Any) -> None:
    body = {"type": "order.paid.v1", "data": {"order_id": str(uuid4()), "name": "Zoë\x1b[31m"}}
    letter = park(json.dumps(body).encode())
    park(b"another")

    shown = run("show", letter[-8:]).output

    assert shown[shown.index("{") :] == json.dumps(body, indent=2, ensure_ascii=False) + "\n"
    for told_of in (letter, QUEUE, "ValueError: no such order", "00-1-1-01"):
        assert told_of in shown
    assert "another" not in shown
    assert len(waiting(DEAD, 2)) == 2


@pytest.mark.parametrize("body", [b"\xff\x00not json", b"", b"[" * 100_000, b"nul\x00 esc\x1b]0;title\x07"])
def test_an_unreadable_dead_letter_is_shown(run: Run, park: Any, body: bytes) -> None:
    shown = run("show", park(body))

    assert shown.exit_code == 0, shown.output
    assert all(character.isprintable() or character == "\n" for character in shown.output)


def test_a_replayed_dead_letter_has_reset_attempts(run: Run, park: Any, waiting: Any) -> None:
    letter = park(b'{"a": 1}', {**PARKED, "x-postponed": 3}, content_type="application/cloudevents+json")
    stays = park()

    done = run("replay", letter[-8:])

    assert (done.exit_code, done.output) == (0, "1 sent back\n")
    [sent] = waiting(QUEUE, 1)
    assert (sent.body, sent.message_id, sent.content_type) == (b'{"a": 1}', letter, "application/cloudevents+json")
    assert told(sent) == {"traceparent": "00-1-1-01"}
    assert sent.delivery_mode == aio_pika.DeliveryMode.PERSISTENT
    assert [one.message_id for one in waiting(DEAD, 1)] == [stays]


def test_all_dead_letters_are_replayed_in_order(run: Run, park: Any, waiting: Any) -> None:
    ids = [park() for _ in range(5)]

    assert run("replay", "--all", "--service", "order").output == "5 sent back\n"

    assert [one.message_id for one in waiting(QUEUE, 5)] == ids
    waiting(DEAD, 0)


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"x-queue": "order-service.gone"}, "There is no queue order-service.gone"),
        ({"x-queue": "payment-service.order.paid"}, "Its headers name no queue of order-service"),
        ({"x-queue": DEAD}, "Its headers name no queue of order-service"),
        ({}, "Its headers name no queue of order-service"),
    ],
)
def test_a_dead_letter_without_an_origin_stays_and_the_others_are_replayed(
    run: Run, park: Any, waiting: Any, headers: dict[str, str], why: str
) -> None:
    lost, fine = park(headers=headers), park()

    done = run("replay", "--all")

    assert done.exit_code == 1
    assert f"{lost[-8:]}: {why}" in done.output
    assert [one.message_id for one in waiting(QUEUE, 1)] == [fine]
    assert [one.message_id for one in waiting(DEAD, 1)] == [lost]


def test_a_message_dead_lettered_by_rabbitmq_is_replayed(run: Run, park: Any, act: Act, waiting: Any) -> None:
    letter = park(b"crash", {"traceparent": "00-1-1-01", "x-attempt": 2}, queue=QUEUE)

    async def refuse(channel: AbstractChannel) -> None:
        queue = await channel.get_queue(QUEUE, ensure=False)
        while (message := await queue.get(fail=False)) is not None:
            await message.reject(requeue=True)

    act(refuse)
    [dead] = waiting(DEAD, 1, leave=True)
    assert "x-queue" not in dead.headers
    assert "given up by RabbitMQ: delivery_limit" in run("list").output

    assert run("replay", "--all").output == "1 sent back\n"

    [sent] = waiting(QUEUE, 1)
    assert (sent.message_id, sent.body, told(sent)) == (letter, b"crash", {"traceparent": "00-1-1-01"})


def test_dropping_needs_a_confirmation(run: Run, park: Any, waiting: Any) -> None:
    letter, stays = park(), park()

    refused = run("drop", letter, input="n\n")
    assert "Drop 1 permanently?" in refused.output
    assert "dropped" not in refused.output
    agreed = run("drop", letter, input="y\n")

    assert "1 dropped" in agreed.output
    assert [one.message_id for one in waiting(DEAD, 1)] == [stays]


@pytest.fixture
def dropped(templates: Templates, rabbitmq_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Any]]:
    """Yield a function that reads the dropped events in the service's database."""
    with templates.copy("order_service") as url:
        monkeypatch.setenv("FOODAPP_DATABASE_URLS", json.dumps({"order_service": url}))
        monkeypatch.setenv("FOODAPP_RABBITMQ_URL", rabbitmq_url)

        def read() -> Any:
            with psycopg.connect(url) as connection:
                return connection.execute("SELECT handler, event_id, reason FROM dropped_events").fetchall()

        yield read


def an_event() -> Envelope:
    cause = {"sequence": 1, "correlationid": "a-request", "causationid": "a-request"}
    return Envelope(source="/payment-service", type="payment.completed.v1", subject=uuid4(), data={}, **cause)


def test_a_dropped_event_is_recorded_once_for_its_handler(
    run: Run, park: Any, act: Act, waiting: Any, dropped: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = an_event()
    park(event.model_dump_json().encode(), {**PARKED, "x-queue": "order-service.payment.completed"})
    park(b"no event at all")

    async def die(_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(aio_pika.message.IncomingMessage, "ack", die)
    run("drop", "--all", "--yes")
    monkeypatch.setattr(aio_pika.message.IncomingMessage, "ack", ACK)
    again = run("drop", "--all", "--yes")

    assert "2 dropped" in again.output, again.output
    assert dropped() == [("on_payment_completed", event.id, "ValueError: no such order")]
    waiting(DEAD, 0)


def test_a_dead_letter_that_cannot_be_recorded_is_not_dropped(
    run: Run, park: Any, waiting: Any, dropped: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = park(an_event().model_dump_json().encode(), {**PARKED, "x-queue": "order-service.payment.completed"})
    monkeypatch.setenv("FOODAPP_DATABASE_URLS", json.dumps({"order_service": "postgresql://127.0.0.1:22398/gone"}))

    done = run("drop", "--all", "--yes")

    assert (done.exit_code, "nothing was dropped: order_service cannot record it" in done.output) == (1, True)
    assert [one.message_id for one in waiting(DEAD, 1)] == [letter]


def test_dropping_all_of_a_service_keeps_the_others(run: Run, park: Any, act: Act, waiting: Any) -> None:
    other = dead_letters("payment-service")
    act(lambda channel: channel.declare_queue(other.name, durable=True, arguments=other.arguments))
    park(), park(queue=other.name)

    done = run("drop", "--all", "--service", "order-service", "--yes")

    assert (done.exit_code, "1 dropped" in done.output) == (0, True)
    waiting(DEAD, 0)
    waiting(other.name, 1)


def test_repeated_lists_lose_no_dead_letters(run: Run, park: Any, act: Act, waiting: Any) -> None:
    letter = park(b"dear", content_type="text/plain")

    async def put_back(channel: AbstractChannel) -> None:
        queue = await channel.get_queue(DEAD, ensure=False)
        for _ in range(25):
            message = await queue.get(timeout=10)
            await message.reject(requeue=True)

    act(put_back)
    assert "1 dead letters" in run("list").output
    [kept] = waiting(DEAD, 1)
    assert (kept.message_id, kept.body, kept.content_type) == (letter, b"dear", "text/plain")
    assert told(kept) == PARKED


def test_an_interrupted_command_loses_nothing(
    run: Run, park: Any, waiting: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = {park() for _ in range(3)}

    async def die(_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(aio_pika.message.IncomingMessage, "ack", die)
    run("replay", "--all")
    monkeypatch.undo()

    [twice] = waiting(QUEUE, 1)
    assert {one.message_id for one in waiting(DEAD, 3)} == ids
    assert twice.message_id in ids


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (("show", "1234567"), 2, "at least its last 8 characters"),
        (("show", "00000000"), 1, "no dead letter has the id 00000000"),
        (("replay", "00000000"), 1, "no dead letter has the id 00000000"),
        (("replay",), 2, "or --all"),
        (("drop", "00000000", "--all"), 2, "or --all"),
        (("list", "--service", "nobody"), 2, "there is no service nobody"),
    ],
)
def test_an_invalid_command_is_a_one_line_error(run: Run, arguments: tuple[str, ...], code: int, line: str) -> None:
    done = run(*arguments)

    assert (done.exit_code, line in done.output) == (code, True), done.output


def test_a_broker_that_is_down_is_a_one_line_error(run: Run, state: State) -> None:
    stored = json.loads(state.system.read_text())
    stored["endpoints"]["rabbitmq_url"] = "amqp://somebody:secret@127.0.0.1:22399/"
    state.system.write_text(json.dumps(stored))

    done = run("list")

    assert done.exit_code == 1
    assert "RabbitMQ at 127.0.0.1:22399 does not respond" in done.output
    assert "secret" not in done.output
