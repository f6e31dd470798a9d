"""The Alembic environment, which the chassis implements."""

from foodchassis.storage.migrations import run
from payment_service.models import metadata

run(metadata)
