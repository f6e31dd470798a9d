"""Every port that is named exists where it is looked for."""

from collections.abc import Iterator
from typing import Any

from k8s_checks.finding import Finding
from k8s_checks.manifests import Manifests, Resource, place

HIGHEST = 65535


def check(manifests: Manifests) -> Iterator[Finding]:
    """Find ports that don't exist, at Services, routes, monitors, and as numbers."""
    yield from _pods(manifests)
    for route, name, port in _backends(manifests):
        backend = manifests.named("Service", name)
        if backend is None:
            yield Finding(place(route), f"there is no Service {name}")
        elif port not in {known for one in backend["spec"]["ports"] for known in (one["port"], one.get("name"))}:
            yield Finding(place(route), f"Service {name} has no port {port}")
    for resource in manifests:
        for key, value in _numbers(resource):
            if not 1 <= value <= HIGHEST:
                yield Finding(place(resource), f"{key} is {value}, which is no port")


def _pods(manifests: Manifests) -> Iterator[Finding]:
    for resource, selector, port in _asked(manifests):
        for workload in manifests.selected(selector):
            if workload.port(port) is None:
                yield Finding(place(resource), f"{workload} has no port {port}")


def _asked(manifests: Manifests) -> Iterator[tuple[Resource, Resource, str | int]]:
    """Give who asks which pods for which port."""
    for service in manifests.of("Service"):
        for port in service["spec"]["ports"]:
            yield service, {"matchLabels": service["spec"].get("selector", {})}, port.get("targetPort", port["port"])
    for monitor in manifests.of("PodMonitor"):
        for endpoint in monitor["spec"]["podMetricsEndpoints"]:
            yield monitor, monitor["spec"]["selector"], endpoint["port"]


def _backends(manifests: Manifests) -> Iterator[tuple[Resource, str, Any]]:
    for ingress in manifests.of("Ingress"):
        for path in (path for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]):
            service = path["backend"]["service"]
            yield ingress, service["name"], service["port"].get("name", service["port"].get("number"))
    for route in manifests.of("HTTPRoute"):
        for backend in (one for rule in route["spec"]["rules"] for one in rule.get("backendRefs", [])):
            yield route, backend["name"], backend["port"]


def _numbers(value: Any, key: str = "") -> Iterator[tuple[str, int]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _numbers(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _numbers(inner, key)
    elif isinstance(value, int) and key in {"port", "targetPort", "containerPort", "nodePort"}:
        yield key, value
