"""Alembic's entry: the chassis does the rest."""

from foodchassis.migrations import run
from payment_service.models import metadata

run(metadata)
