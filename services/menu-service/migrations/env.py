"""Runs this service's migrations."""

from foodchassis.migrations import run
from menu_service.models import metadata

run(metadata)
