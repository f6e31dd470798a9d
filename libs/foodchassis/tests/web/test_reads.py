"""What admins read is recorded before they see it: who, what and when, once an hour; what others read is not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import APIRouter, FastAPI
from httpx2 import ASGITransport, AsyncClient

from foodchassis import CurrentUser, Public, ServiceSettings, create_service, now, require_role
from foodchassis.kernel import Envelope
from foodchassis.messaging import audit
from foodchassis.testing import Issuer
from foodchassis.web import StreamUser
from foodchassis.web.tickets import issue_ticket
from foodchassis.web.tokens import Principal
from foodevents import AUDIT

Published = Callable[[], Awaitable[list[Envelope]]]
ADMIN, NOTE = uuid4(), uuid4()
STATE = "/operations/notes"
router = APIRouter(prefix="/notes")


@router.get("/me")
async def read_own(user: CurrentUser) -> str:
    """Show what is the caller's own."""
    return str(user.id)


@router.get("/stream")
async def stream_notes(user: StreamUser) -> str:
    """Stand for a stream."""
    return str(user.id)


@router.get("/public", dependencies=[Public])
async def read_public() -> None:
    """Show what everyone may see."""


@router.get("/{note_id}")
async def get_note(note_id: UUID, user: CurrentUser) -> str:
    """Show a note."""
    return f"{note_id} {user.id}"


@router.get("")
async def list_notes(_: CurrentUser, author_id: UUID | None = None, reader_id: UUID | None = None) -> str:
    """Show the notes of an author, for a reader."""
    return f"{author_id} {reader_id}"


@router.post("/{note_id}", dependencies=[require_role("admin")])
async def change_note(note_id: UUID) -> None:
    """Change a note, which its service records."""


@pytest.fixture
def app(service_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    return service(service_environment, monkeypatch)


def service(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, **settings: Any) -> FastAPI:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    told = ServiceSettings(service_name="notes", _env_file=None, **settings)
    return create_service(told, routers=[router], audit=AUDIT)


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), AsyncClient(transport=transport, base_url="http://notes") as http:
        yield http


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with running(app) as client:
        yield client


@pytest.fixture
def admin(issuer: Issuer) -> dict[str, str]:
    return issuer.bearer("admin", ADMIN)


def shown(events: list[Envelope]) -> list[tuple[str, str | None]]:
    assert {(one.type, one.data["admin_id"]) for one in events} <= {("admin.read.v1", str(ADMIN))}
    return [(one.data["operation"], one.data["object_id"]) for one in events]


async def test_a_read_by_an_admin_is_recorded_once_an_hour(
    http: AsyncClient, admin: dict[str, str], published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = now()
    for _ in range(2):
        assert (await http.get(f"/notes/{NOTE}", headers=admin)).status_code == 200
    [first] = await published()
    assert shown([first]) == [("get_note", str(NOTE))]
    assert begun <= datetime.fromisoformat(first.data["at"]) <= now()

    monkeypatch.setattr(audit, "now", lambda: now() + timedelta(hours=1))
    assert (await http.get(f"/notes/{NOTE}", headers=admin)).status_code == 200
    [later] = await published()
    assert shown([later]) == shown([first])
    assert later.data["read_id"] != first.data["read_id"]


async def test_each_object_in_the_path_or_the_query_is_named_however_its_id_is_written(
    http: AsyncClient, admin: dict[str, str], published: Published
) -> None:
    author, reader = str(uuid4()), str(uuid4())
    for path in (
        f"/notes/{str(NOTE).upper()}",
        f"/notes/{NOTE.hex}",
        f"/notes/urn:uuid:{NOTE}",
        f"/notes?author_id={author}&reader_id={reader}",
        f"/notes?reader_id={{{reader}}}",
        "/notes",
        STATE,
    ):
        assert (await http.get(path, headers=admin)).status_code == 200, path

    note, *lists, everything, state = shown(await published())
    assert (note, everything, state) == (("get_note", str(NOTE)), ("list_notes", None), ("show_notes", None))
    assert {*lists} == {("list_notes", author), ("list_notes", reader)}
    assert len(lists) == 2


async def test_neither_others_nor_their_own_nor_what_is_public_nor_a_change_is_a_read(
    http: AsyncClient, issuer: Issuer, admin: dict[str, str], published: Published
) -> None:
    for headers in (*(issuer.bearer(role) for role in ("customer", "restaurant", "driver", "administrator")), admin):
        paths = ("/notes/me", "/notes/public") if headers is admin else ("/notes/me", "/notes/public", f"/notes/{NOTE}")
        for path in paths:
            assert (await http.get(path, headers=headers)).status_code == 200
    assert (await http.post(f"/notes/{NOTE}", headers=admin)).status_code == 200

    assert await published() == []


async def test_requests_and_instances_side_by_side_make_one_record(
    http: AsyncClient,
    service_environment: dict[str, str],
    admin: dict[str, str],
    published: Published,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(service(service_environment, monkeypatch)) as second:
        asked = [one.get(f"/notes/{NOTE}", headers=admin) for one in (http, http, second, second)]
        assert {one.status_code for one in await asyncio.gather(*asked)} == {200}

    assert len({one.data["read_id"] for one in await published()}) == 1


async def test_a_ticket_is_recorded_like_the_token_that_it_was_made_with(
    app: FastAPI, http: AsyncClient, published: Published
) -> None:
    ticket = await issue_ticket(app.state.resources, Principal(ADMIN, frozenset({"admin"})))

    assert (await http.get("/notes/stream", params={"ticket": ticket})).status_code == 200

    assert shown(await published()) == [("stream_notes", None)]


async def test_what_cannot_be_recorded_is_not_shown(
    service_environment: dict[str, str], admin: dict[str, str], monkeypatch: pytest.MonkeyPatch, free_tcp_port: int
) -> None:
    away = {**service_environment, "DATABASE_URL": f"postgresql://nobody@127.0.0.1:{free_tcp_port}/none"}
    async with running(service(away, monkeypatch, database_pool_timeout=0.2)) as http:
        refused = await http.get(f"/notes/{NOTE}", headers=admin)

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
    assert str(NOTE) not in refused.json()["detail"]


async def test_a_process_remembers_so_many_reads_and_no_more(
    app: FastAPI, http: AsyncClient, admin: dict[str, str], published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "MOST", 3)
    notes = [uuid4() for _ in range(4)]
    for note in (*notes, notes[0]):
        assert (await http.get(f"/notes/{note}", headers=admin)).status_code == 200

    assert len(app.state.resources.get(audit.Reads)) <= 3
    found = await published()
    assert {one for _, one in shown(found)} == {str(note) for note in notes}
    # Forgotten and recorded again, it is still the same record.
    assert len({one.data["read_id"] for one in found}) == 4
