"""The Alembic environment, which the chassis implements."""

from delivery_service.models import metadata
from foodchassis.storage.migrations import run

run(metadata)
