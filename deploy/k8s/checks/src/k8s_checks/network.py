"""Compares the connections that the NetworkPolicies allow, evaluated as in a cluster, with the architecture."""

from collections.abc import Iterator
from typing import Any

from k8s_checks.architecture import Edge
from k8s_checks.manifests import Finding, Manifests, Resource, Workload, selects

ANYWHERE = "anywhere"


def check_network(manifests: Manifests, expected: set[Edge]) -> Iterator[Finding]:
    """Find connections that are allowed but not in the architecture, and the reverse."""
    out, into = one_sided(manifests, "Egress"), one_sided(manifests, "Ingress")
    inside = {one.name for one in manifests.workloads}
    possible = (out & into) | {edge for edge in out | into if edge[0] not in inside or edge[1] not in inside}
    for edge in sorted(possible - expected):
        yield _finding(edge, "is allowed but is not in the architecture")
    for edge in sorted(expected - possible):
        ends = [side for side, edges in (("its source", out), ("its destination", into)) if edge in edges]
        where = f"allowed only at {ends[0]}" if ends else "not allowed"
        yield _finding(edge, f"is in the architecture but {where}")
    for edge in sorted((out ^ into) - possible - expected):
        yield _finding(edge, "is allowed only at one end")


def _finding(edge: Edge, message: str) -> Finding:
    return Finding(f"{edge[0]} → {edge[1]}:{edge[2]}", message)


def one_sided(manifests: Manifests, direction: str) -> set[Edge]:
    """Return the connections that policies of one direction allow."""
    allowed: set[Edge] = set()
    for workload in manifests.workloads:
        policies = [
            one["spec"]
            for one in manifests.of("NetworkPolicy")
            if direction in one["spec"]["policyTypes"] and selects(one["spec"]["podSelector"], workload.labels)
        ]
        if not policies:
            allowed.add(_edge(direction, workload.name, ANYWHERE, "any"))
        for rule in (rule for one in policies for rule in one.get(direction.lower(), [])):
            allowed |= set(_edges(manifests, workload, direction, rule))
    return allowed


def _edges(manifests: Manifests, workload: Workload, direction: str, rule: Resource) -> Iterator[Edge]:
    peers = rule.get("to" if direction == "Egress" else "from") or [None]
    for peer in peers:
        for name, other in _peers(manifests, peer):
            target = other if direction == "Egress" else workload
            for port in rule.get("ports") or [None]:
                yield _edge(direction, workload.name, name, _port(port, target))


def _edge(direction: str, here: str, there: str, port: str) -> Edge:
    return (here, there, port) if direction == "Egress" else (there, here, port)


def _peers(manifests: Manifests, peer: dict[str, Any] | None) -> Iterator[tuple[str, Workload | None]]:
    """Yield the workloads that a peer selects, or the name of a peer outside."""
    if peer is None:
        yield ANYWHERE, None
    elif block := peer.get("ipBlock"):
        yield f"network {block['cidr']}", None
    elif "namespaceSelector" in peer:
        labels = peer["namespaceSelector"].get("matchLabels", {})
        namespace = labels.get("kubernetes.io/metadata.name")
        pods = [f"{key}={value}" for key, value in peer.get("podSelector", {}).get("matchLabels", {}).items()]
        yield ", ".join([f"namespace {namespace}" if namespace else "any namespace", *pods]), None
    else:
        for one in manifests.selected(peer["podSelector"]):
            yield one.name, one


def _port(port: dict[str, Any] | None, target: Workload | None) -> str:
    if port is None or "port" not in port:
        return "any"
    number = port["port"]
    if isinstance(number, str):
        number = target.port(number) if target else None
    suffix = "" if port.get("protocol", "TCP") == "TCP" else f"/{port['protocol']}"
    return f"{number}{suffix}"
