"""The open resources of a running service, found by type."""

from typing import Any, TypeVar

from foodchassis.kernel.settings import ServiceSettings

T = TypeVar("T")


class NotOpenedError(RuntimeError):
    """The requested resource has not been opened."""


class Resources:
    """A container by type: the settings, the open connections, and the resources that `lifespan` adds."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.draining = False
        self._by_type: dict[type, Any] = {}
        self.add(settings, ServiceSettings)
        self.add(settings)

    @property
    def settings(self) -> ServiceSettings:
        """The settings of the running service."""
        return self.get(ServiceSettings)

    def add(self, resource: T, kind: type[T] | None = None) -> T:
        """Store `resource` under `kind`, or under its own type, and return it."""
        self._by_type[kind or type(resource)] = resource
        return resource

    def find(self, kind: type[T]) -> T | None:
        """Return the resource of this type, or None when it is not open."""
        return self._by_type.get(kind)

    def get(self, kind: type[T]) -> T:
        """Return the resource of this type. Raises NotOpenedError when it is not open."""
        resource: T | None = self._by_type.get(kind)
        if resource is None:
            msg = f"No {kind.__name__} is open: set its URL, or open it in the service's lifespan."
            raise NotOpenedError(msg)
        return resource
