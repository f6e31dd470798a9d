"""Runs this service's migrations as the chassis does for every service."""

from foodchassis.storage.migrations import run
from order_service.models import metadata

run(metadata)
