"""Alembic's entry: the chassis does the rest."""

from foodchassis.storage.migrations import run
from payment_service.models import metadata

run(metadata)
