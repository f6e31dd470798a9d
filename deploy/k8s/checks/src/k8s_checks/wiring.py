"""Checks of connections between resources: namespaces, selectors, ports and references."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from k8s_checks.manifests import ENDING, Finding, Manifests, Resource, Workload, place, selects

_CLUSTER_WIDE = {"Namespace", "PriorityClass"}
_UNFINISHED = re.compile(r"registry/owner|\b(?:DOMAIN|ACME_EMAIL)\b|\b[A-Z]+_(?:NAMESPACE|NETWORK|CLASS)\b")
# The limit of the API server for one object, less a reserve for the fields that it adds.
_MOST_BYTES = 1_000_000


def check_placement(manifests: Manifests) -> Iterator[Finding]:
    """Find duplicates, wrong namespaces, unreplaced placeholders and objects that are too large."""
    [namespace, *others] = manifests.names("Namespace") or {"?"}
    if others or namespace == "?":
        yield Finding("Namespace", "there must be exactly one")
    for one in manifests.of("Namespace"):
        if one["metadata"].get("labels", {}).get("pod-security.kubernetes.io/enforce") != "restricted":
            yield Finding(place(one), "does not enforce the Pod Security Standard restricted")
    for identity, count in Counter((one["kind"], one["metadata"]["name"]) for one in manifests).items():
        if count > 1:
            yield Finding("/".join(identity), f"is defined {count} times")
    for resource in manifests:
        found = resource["metadata"].get("namespace")
        if resource["kind"] not in _CLUSTER_WIDE and found != namespace:
            yield Finding(place(resource), f"is in namespace {found}, not {namespace}")
        text = json.dumps(resource)
        if resource["kind"] != "PrometheusRule" and (left := _UNFINISHED.search(text)):
            yield Finding(place(resource), f"the placeholder {left[0]} was not replaced")
        if len(text) > _MOST_BYTES:
            yield Finding(place(resource), f"has {len(text)} bytes, over the limit of {_MOST_BYTES}")


def check_selectors(manifests: Manifests) -> Iterator[Finding]:
    """Find selectors that match no pods, or pods of another workload."""
    for workload in manifests.workloads:
        if workload.kind in ENDING:
            continue
        taken = manifests.selected(workload.resource["spec"]["selector"])
        if [one.name for one in taken] != [workload.name]:
            yield Finding(str(workload), f"its selector matches the pods of {_names(taken)}")
        for spread in workload.pod.get("topologySpreadConstraints", []):
            if not selects(spread.get("labelSelector"), workload.labels):
                yield Finding(
                    str(workload), f"its topology spread by {spread['topologyKey']} does not match its own pods"
                )
    for service in manifests.of("Service"):
        taken = manifests.selected({"matchLabels": service["spec"].get("selector", {})})
        if [one.name for one in taken] != [service["metadata"]["name"]]:
            yield Finding(place(service), f"its selector matches the pods of {_names(taken)}")
    for budget in manifests.of("PodDisruptionBudget", "PodMonitor"):
        taken = manifests.selected(budget["spec"]["selector"])
        alone = budget["kind"] == "PodDisruptionBudget"
        if not taken or (alone and [one.name for one in taken] != [budget["metadata"]["name"]]):
            yield Finding(place(budget), f"its selector matches the pods of {_names(taken)}")


def _names(taken: list[Workload]) -> str:
    return ", ".join(map(str, taken)) or "no workload"


HIGHEST = 65535


def check_ports(manifests: Manifests) -> Iterator[Finding]:
    """Find unknown or invalid ports of Services, routes and monitors."""
    yield from _ports_of_pods(manifests)
    for route, name, port in _backends(manifests):
        backend = manifests.named("Service", name)
        if backend is None:
            yield Finding(place(route), f"there is no Service {name}")
        elif port not in {known for one in backend["spec"]["ports"] for known in (one["port"], one.get("name"))}:
            yield Finding(place(route), f"Service {name} has no port {port}")
    for resource in manifests:
        for key, value in _numbers(resource):
            if not 1 <= value <= HIGHEST:
                yield Finding(place(resource), f"{key} is {value}, which is not a port")


def _ports_of_pods(manifests: Manifests) -> Iterator[Finding]:
    for resource, selector, port in _targets(manifests):
        for workload in manifests.selected(selector):
            if workload.port(port) is None:
                yield Finding(place(resource), f"{workload} has no port {port}")


def _targets(manifests: Manifests) -> Iterator[tuple[Resource, Resource, str | int]]:
    """Yield each Service and monitor with its selector and port."""
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


# Created in the cluster by the component of that name, or by a vault: no repository contains private keys.
MADE_BY_US = frozenset({"signing-keys"})
_REFERENCES = {"configMap": "ConfigMap", "configMapRef": "ConfigMap", "configMapKeyRef": "ConfigMap"}
_REFERENCES |= {"secret": "Secret", "secretRef": "Secret", "secretKeyRef": "Secret"}


def secrets(manifests: Manifests) -> set[str]:
    """Return the name of every Secret that will exist."""
    made = {one["spec"]["target"]["name"] for one in manifests.of("ExternalSecret")}
    made |= {one["spec"]["secretName"] for one in manifests.of("Certificate")}
    return made | manifests.names("Secret") | MADE_BY_US


def check_references(manifests: Manifests) -> Iterator[Finding]:
    """Find references to resources that do not exist."""
    kinds = ("ConfigMap", "ServiceAccount", "PriorityClass")
    known = {kind: manifests.names(kind) for kind in kinds} | {"Secret": secrets(manifests)}
    for workload in manifests.workloads:
        used = {("ServiceAccount", workload.pod.get("serviceAccountName", "default")), *_used(workload.pod)}
        if priority := workload.pod.get("priorityClassName"):
            used.add(("PriorityClass", priority))
        if workload.pod.get("serviceAccountName") != workload.labels.get("app"):
            yield Finding(str(workload), "has no service account of its own")
        for kind, name in sorted(used):
            if name not in known[kind]:
                yield Finding(str(workload), f"there is no {kind} {name}")
        yield from _mounts(workload)
    for resource, name in _certificates(manifests):
        if name not in known["Secret"]:
            yield Finding(place(resource), f"there is no Secret {name}")


def _used(value: Any) -> Iterator[tuple[str, str]]:
    """Yield each ConfigMap and Secret that a pod refers to, at any depth."""
    if isinstance(value, list):
        for inner in value:
            yield from _used(inner)
    elif isinstance(value, dict):
        for field, inner in value.items():
            if kind := _REFERENCES.get(field):
                yield kind, inner.get("name") or inner["secretName"]
            else:
                yield from _used(inner)


def _certificates(manifests: Manifests) -> Iterator[tuple[Resource, str]]:
    for ingress in manifests.of("Ingress"):
        for tls in ingress["spec"].get("tls", []):
            yield ingress, tls["secretName"]
    for gateway in manifests.of("Gateway"):
        for listener in gateway["spec"]["listeners"]:
            for reference in listener.get("tls", {}).get("certificateRefs", []):
                yield gateway, reference["name"]


def _mounts(workload: Workload) -> Iterator[Finding]:
    volumes = {one["name"] for one in workload.pod.get("volumes", [])}
    volumes |= {one["metadata"]["name"] for one in workload.resource["spec"].get("volumeClaimTemplates", [])}
    mounted = {mount["name"] for one in workload.all_containers for mount in one.get("volumeMounts", [])}
    for name in sorted(mounted - volumes):
        yield Finding(str(workload), f"mounts {name}, but has no such volume")
    for name in sorted(volumes - mounted):
        yield Finding(str(workload), f"has a volume {name} that no container mounts")
