"""The publishers and handlers of events."""

from importlib import import_module
from importlib.util import find_spec

import foodevents
from foodchassis import Event, EventRouter

WHERE_ADMINS_ACT = ("user-service", "menu-service", "order-service", "payment-service", "delivery-service")


def events() -> list[type[Event]]:
    """Return every published event."""
    exported = (getattr(foodevents, name) for name in foodevents.__all__)
    return [one for one in exported if isinstance(one, type) and issubclass(one, Event)]


def publishers(event: type[Event]) -> tuple[str, ...]:
    """Return the publishers of an event: the service named by its module, or all for actions of admins."""
    module = event.__module__.rpartition(".")[2].partition("_")[0]
    return WHERE_ADMINS_ACT if module == "audit" else (f"{module}-service",)


def subscriptions(package: str) -> dict[str, str]:
    """Return the names of a service's handlers and the routing keys of their events."""
    if find_spec(f"{package}.handlers") is None:
        return {}
    router: EventRouter = import_module(f"{package}.handlers").events
    return {handler.__name__: event.routing_key for event, handler in router.handlers.items()}
