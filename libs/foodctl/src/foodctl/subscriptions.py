"""Who handles what: the handlers of each service, and the events they are for."""

from importlib import import_module
from importlib.util import find_spec

from foodchassis import EventRouter


def subscriptions(package: str) -> dict[str, str]:
    """Return what a service's handlers are for: their names and their events' routing keys."""
    if find_spec(f"{package}.handlers") is None:
        return {}
    router: EventRouter = import_module(f"{package}.handlers").events
    return {handler.__name__: event.routing_key for event, handler in router.handlers.items()}
