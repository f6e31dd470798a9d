"""The Alembic environment, which the chassis implements."""

from foodchassis.storage.migrations import run
from menu_service.models import metadata

run(metadata)
