"""Alembic's entry: the chassis does the rest."""

from foodchassis.storage.migrations import run
from sample_service.models import metadata

run(metadata)
