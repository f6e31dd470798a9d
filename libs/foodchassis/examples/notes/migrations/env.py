"""Alembic's entry: the chassis does the rest."""

from foodchassis.storage.migrations import run
from notes.main import Note

run(Note.metadata)
