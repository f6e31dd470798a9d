"""Checks before the start that a service has the settings which its routes and handlers need."""

from collections.abc import Iterable, Iterator

from starlette.routing import BaseRoute

from foodchassis.kernel.settings import ServiceSettings
from foodchassis.messaging.handlers import EventRouter
from foodchassis.storage.database import request_session, request_transaction
from foodchassis.web import health
from foodchassis.web.auth import current_user
from foodchassis.web.operations import find_operations
from foodchassis.web.routing import api_routes, dependants


class MissingSettingsError(RuntimeError):
    """Settings that the service needs are missing."""


def check(settings: ServiceSettings, routes: Iterable[BaseRoute], events: EventRouter) -> None:
    """Raise MissingSettingsError with each setting that the service needs and lacks."""
    if missing := list(_missing(settings, routes, events)):
        raise MissingSettingsError(f"{settings.service_name} cannot start. " + " ".join(missing))


def _missing(settings: ServiceSettings, routes: Iterable[BaseRoute], events: EventRouter) -> Iterator[str]:
    production = settings.environment == "prod"
    own = [route for route in api_routes(routes) if route not in health.router.routes]
    used = {one.call for route in own for one in dependants(route.dependant)}
    stores = not used.isdisjoint({request_session, request_transaction, find_operations})
    messages = bool(events.handlers or events.deadlines or events.measures)
    if settings.database_url is None and (messages or events.effects or stores):
        yield "Set DATABASE_URL: its handlers or routes use the database."
    if settings.rabbitmq_url is None and messages and (settings.broker_required or production):
        yield "Set RABBITMQ_URL: its event handlers and deadlines need the broker."
    if production and (own or messages) and settings.metrics_port is None:
        yield "Set METRICS_PORT: in prod the port of the routes does not serve /metrics."
    if production and current_user in used and not (settings.auth_jwks or settings.auth_jwks_url):
        yield "Set AUTH_JWKS_URL or AUTH_JWKS: its routes verify access tokens."
