"""Migrates this service's tables."""

from foodchassis.migrations import run
from user_service.models import metadata

run(metadata)
