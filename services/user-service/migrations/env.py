"""Migrates this service's tables."""

from foodchassis.storage.migrations import run
from user_service.models import metadata

run(metadata)
