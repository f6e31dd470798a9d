"""Alembic's entry: the chassis does the rest."""

from delivery_service.models import metadata
from foodchassis.storage.migrations import run

run(metadata)
