"""The Alembic environment, which the chassis implements."""

from foodchassis.storage.migrations import run
from sample_service.models import metadata

run(metadata)
