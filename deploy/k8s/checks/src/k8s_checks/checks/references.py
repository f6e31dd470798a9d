"""Everything a pod refers to exists: configuration, secrets, accounts, volumes, classes."""

from collections.abc import Iterator
from typing import Any

from k8s_checks.finding import Finding
from k8s_checks.manifests import Manifests, Resource, Workload, place

# Made in the cluster by the component of that name where no vault does it: private keys are in no repository.
MADE_BY_US = frozenset({"signing-keys"})
_REFERENCES = {"configMap": "ConfigMap", "configMapRef": "ConfigMap", "configMapKeyRef": "ConfigMap"}
_REFERENCES |= {"secret": "Secret", "secretRef": "Secret", "secretKeyRef": "Secret"}


def secrets(manifests: Manifests) -> set[str]:
    """Name every Secret that will exist, whoever makes it."""
    made = {one["spec"]["target"]["name"] for one in manifests.of("ExternalSecret")}
    made |= {one["spec"]["secretName"] for one in manifests.of("Certificate")}
    return made | manifests.names("Secret") | MADE_BY_US


def check(manifests: Manifests) -> Iterator[Finding]:
    """Find references to what nobody makes."""
    kinds = ("ConfigMap", "ServiceAccount", "PriorityClass")
    known = {kind: manifests.names(kind) for kind in kinds} | {"Secret": secrets(manifests)}
    for workload in manifests.workloads:
        used = {("ServiceAccount", workload.pod.get("serviceAccountName", "default")), *_used(workload.pod)}
        if priority := workload.pod.get("priorityClassName"):
            used.add(("PriorityClass", priority))
        for kind, name in sorted(used):
            if name not in known[kind]:
                yield Finding(str(workload), f"there is no {kind} {name}")
        yield from _mounts(workload)
    for resource, name in _certificates(manifests):
        if name not in known["Secret"]:
            yield Finding(place(resource), f"there is no Secret {name}")


def _used(value: Any) -> Iterator[tuple[str, str]]:
    """Find every name of a ConfigMap or Secret, however deep in a pod."""
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
        yield Finding(str(workload), f"mounts {name}, which is no volume of its")
    for name in sorted(volumes - mounted):
        yield Finding(str(workload), f"has a volume {name} that nothing mounts")
