"""Alembic's entry: the chassis does the rest."""

from foodchassis.migrations import run
from sample_service.models import metadata

run(metadata)
