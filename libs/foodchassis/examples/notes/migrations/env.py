"""The Alembic environment, which the chassis implements."""

from foodchassis.storage.migrations import run
from notes.main import Note

run(Note.metadata)
