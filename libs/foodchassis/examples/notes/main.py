"""Stores notes and serves them; publishes each, and counts its words when the event arrives."""

from uuid import UUID

from fastapi import APIRouter, FastAPI
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import (
    Event,
    EventRouter,
    Id,
    Page,
    PageDep,
    Public,
    Schema,
    ServiceSettings,
    SessionDep,
    Text,
    create_service,
    new_id,
    publish,
)
from foodchassis.storage import named_metadata

router = APIRouter(prefix="/notes", tags=["notes"], dependencies=[Public])
events = EventRouter()


class NoteWritten(Event, type="note.written.v1", subject="note_id"):
    """A note was written."""

    note_id: UUID
    text: str


class Note(SQLModel, table=True):
    """A note; its words are counted later."""

    metadata = named_metadata()
    __tablename__ = "notes"
    id: UUID = Field(default_factory=new_id, primary_key=True)
    text: str
    words: int | None = None


class NoteCreate(Schema):
    """A note to store."""

    text: Text


class NotePublic(Schema):
    """A stored note."""

    id: Id
    text: str
    words: int | None


@router.post("", status_code=201, response_model=NotePublic)
async def write_note(body: NoteCreate, session: SessionDep) -> Note:
    """Store a note, and publish it in the same transaction."""
    note = Note(text=body.text)
    session.add(note)
    await publish(session, NoteWritten(note_id=note.id, text=note.text))
    return note


@router.get("", response_model=Page[NotePublic])
async def list_notes(session: SessionDep, page: PageDep) -> dict[str, object]:
    """Return the notes, newest first."""
    return page.page((await session.exec(page.of(select(Note), col(Note.id)))).all())


@events.on(NoteWritten)
async def on_note_written(event: NoteWritten, session: AsyncSession) -> None:
    """Count the words of a note, once per event even when the event arrives repeatedly."""
    (await session.get_one(Note, event.note_id)).words = len(event.text.split())


def create_app() -> FastAPI:
    """Build the service."""
    return create_service(ServiceSettings(service_name="notes"), routers=[router], events=events)
