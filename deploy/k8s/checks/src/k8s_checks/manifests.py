"""The rendered manifests of one overlay, queries on them, and findings of checks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from typing_extensions import override


@dataclass(frozen=True, order=True)
class Finding:
    """One mistake: its place and a message; the runner of the check adds its name."""

    where: str
    message: str
    check: str = ""

    @override
    def __str__(self) -> str:
        return f"{self.check}: {self.where}: {self.message}"


Resource = dict[str, Any]
Labels = Mapping[str, str]

_TEMPLATES = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")
# These terminate by themselves, so they need no readiness probe and no selector.
ENDING = frozenset({"Job", "CronJob"})


def selects(selector: Mapping[str, Any] | None, labels: Labels) -> bool:
    """Return whether a label selector matches `labels`; an empty one matches all."""
    if selector is None:
        return False
    if unknown := set(selector) - {"matchLabels"}:
        raise NotImplementedError(f"Selectors with {', '.join(unknown)} are not supported.")
    return all(labels.get(name) == value for name, value in selector.get("matchLabels", {}).items())


@dataclass(frozen=True)
class Workload:
    """A resource that creates pods."""

    resource: Resource

    @property
    def kind(self) -> str:
        """Return the kind of the resource, such as Deployment."""
        return str(self.resource["kind"])

    @property
    def name(self) -> str:
        """Return the name of the resource."""
        return str(self.resource["metadata"]["name"])

    @property
    def labels(self) -> Labels:
        """Return the labels of its pods."""
        found: Labels = self._template["metadata"].get("labels", {})
        return found

    @property
    def pod(self) -> Resource:
        """Return the specification of its pods."""
        found: Resource = self._template["spec"]
        return found

    @property
    def _template(self) -> Resource:
        spec = self.resource["spec"]
        found: Resource = (spec["jobTemplate"]["spec"] if self.kind == "CronJob" else spec)["template"]
        return found

    @property
    def containers(self) -> list[Resource]:
        """Return the containers, without the init containers."""
        return list(self.pod["containers"])

    @property
    def all_containers(self) -> list[Resource]:
        """Return all containers, including the init containers."""
        return [*self.pod.get("initContainers", []), *self.containers]

    @property
    def ports(self) -> dict[str, int]:
        """Return the ports its pods listen on, by name."""
        return {port["name"]: port["containerPort"] for one in self.containers for port in one.get("ports", [])}

    def port(self, named: str | int) -> int | None:
        """Find a port by its name or number; None when the pods don't have it."""
        if isinstance(named, str):
            return self.ports.get(named)
        return named if named in self.ports.values() else None

    @override
    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


class Manifests:
    """All resources of one overlay."""

    def __init__(self, resources: list[Resource]) -> None:
        self.resources = resources

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources)

    def of(self, *kinds: str) -> list[Resource]:
        """Return the resources of some kinds."""
        return [one for one in self.resources if one["kind"] in kinds]

    def named(self, kind: str, name: str) -> Resource | None:
        """Find one resource."""
        return next((one for one in self.of(kind) if one["metadata"]["name"] == name), None)

    def names(self, *kinds: str) -> set[str]:
        """Return the names of all resources of some kinds."""
        return {one["metadata"]["name"] for one in self.of(*kinds)}

    @cached_property
    def workloads(self) -> list[Workload]:
        """Return the resources that create pods."""
        return [Workload(one) for one in self.of(*_TEMPLATES)]

    def selected(self, selector: Mapping[str, Any] | None) -> list[Workload]:
        """Return the workloads whose pods a label selector matches."""
        return [one for one in self.workloads if selects(selector, one.labels)]


def place(resource: Resource) -> str:
    """Return the kind and name of a resource, for messages."""
    return f"{resource.get('kind')}/{resource.get('metadata', {}).get('name')}"
