"""The processes of a service: one, or several behind the gateway."""

from collections.abc import Mapping
from dataclasses import dataclass

from devservers.errors import UsageError
from foodctl.catalog import SERVICES, Service

MOST = 9
_APART = 100


@dataclass(frozen=True)
class Instance:
    """One process of a service; the first has the service's own name."""

    service: Service
    number: int = 1

    @property
    def name(self) -> str:
        """Return the name of its process and log: `order-service`, then `order-service-2`."""
        return self.service.name + self._suffix

    @property
    def key(self) -> str:
        """Return its key among the ports: `order`, then `order-2`."""
        return self.service.short + self._suffix

    @property
    def _suffix(self) -> str:
        return "" if self.number == 1 else f"-{self.number}"


def instances(ports: Mapping[str, int], service: Service) -> list[Instance]:
    """Return the instances of a service that have a port."""
    first, *others = (Instance(service, number) for number in range(1, MOST + 1))
    return [first, *(one for one in others if one.key in ports)]


def with_instances(ports: dict[str, int], wanted: Mapping[str, int]) -> dict[str, int]:
    """Return the ports with one for each wanted instance of these services."""
    for short, count in wanted.items():
        service = next(one for one in SERVICES if one.short == short)
        for one in (Instance(service, number) for number in range(2, MOST + 1)):
            if one.number <= count:
                ports.setdefault(one.key, ports[short] + _APART * (one.number - 1))
            else:
                ports.pop(one.key, None)
    return ports


def parse_instances(choices: list[str]) -> dict[str, int]:
    """Read choices such as `order=2`, or `2` for every service behind the gateway."""
    counts: dict[str, int] = {}
    behind = [one.short for one in SERVICES if one.short != "gateway"]
    for choice in choices:
        name, equals, number = choice.rpartition("=")
        if (equals and name not in behind) or not number.isdecimal() or not 0 < int(number) <= MOST:
            known = ", ".join(behind)
            message = f"--instances {choice}: give N or NAME=N, where N is 1 to {MOST} and NAME is one of {known}"
            raise UsageError(message)
        counts |= dict.fromkeys([name] if equals else behind, int(number))
    return counts
