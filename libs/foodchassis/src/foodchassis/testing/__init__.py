"""A pytest plugin: real servers for the session, and a clean database, Redis and broker for every test."""

from devservers.testing.parts import rabbitmq_url, redis_number, redis_url, vhosts
from devservers.testing.servers import pytest_report_header, servers
from foodchassis.testing.apps import (
    app,
    client,
    eventually,
    live_app,
    live_environment,
    published,
    service_environment,
    session,
)
from foodchassis.testing.databases import database_url, service_package, templates
from foodchassis.testing.issuer import Issuer, issuer

__all__ = [
    "Issuer",
    "app",
    "client",
    "database_url",
    "eventually",
    "issuer",
    "live_app",
    "live_environment",
    "published",
    "pytest_report_header",
    "rabbitmq_url",
    "redis_number",
    "redis_url",
    "servers",
    "service_environment",
    "service_package",
    "session",
    "templates",
    "vhosts",
]
