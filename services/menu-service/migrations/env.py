"""Runs this service's migrations."""

from foodchassis.storage.migrations import run
from menu_service.models import metadata

run(metadata)
