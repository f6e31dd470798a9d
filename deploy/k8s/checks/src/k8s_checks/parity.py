"""The allowed differences between development and production, and the check of them."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from k8s_checks.manifests import Finding, Manifests, Resource

# The kinds of the services' resources; all other kinds belong to the environment, which differs by overlay.
KINDS = (
    "Deployment",
    "Job",
    "CronJob",
    "Service",
    "ServiceAccount",
    "PodDisruptionBudget",
    "HorizontalPodAutoscaler",
    "ConfigMap",
)
MAY_DIFFER = (
    # Versions: a moving tag, or the digest of a built, scanned and signed image.
    "Deployment/*.spec.template.spec.containers[service].image",
    "Deployment/*.spec.template.spec.initContainers[wait-for-migrations].image",
    "Job/*.spec.template.spec.containers[migrations].image",
    "CronJob/*.spec.jobTemplate.spec.template.spec.containers[foodctl].image",
    # Replicas, resource requests and priorities.
    "Deployment/*.spec.template.spec.containers[service].resources.requests.cpu",
    "HorizontalPodAutoscaler/*.spec.metrics[0].resource.target.type",
    "HorizontalPodAutoscaler/*.spec.metrics[0].resource.target.averageUtilization",
    "HorizontalPodAutoscaler/*.spec.metrics[0].resource.target.averageValue",
    "HorizontalPodAutoscaler/*.spec.minReplicas",
    "HorizontalPodAutoscaler/*.spec.maxReplicas",
    "Deployment/*.spec.template.spec.priorityClassName",
    # The environment.
    "ConfigMap/settings.data.AUTH_ISSUER",
    "ConfigMap/settings.data.ALLOWED_IN_PRODUCTION",
    "ConfigMap/settings.data.ENVIRONMENT",
    "Deployment/order-service.spec.template.spec.containers[service].env[SANDBOX].*",
    "ConfigMap/settings.data.OTEL_EXPORTER_OTLP_ENDPOINT",
    "ConfigMap/settings.data.OTEL_SAMPLE_RATIO",
    "ConfigMap/api-gateway.data.TRUSTED_PROXIES",
)
_HASH = re.compile(r"-[bcdfghkmt2456789]{10}$")


def check(dev: Manifests, prod: Manifests) -> Iterator[Finding]:
    """Find differences that are not in the list, and obsolete entries of the list."""
    ours, theirs = flat(dev), flat(prod)
    differing = {path for path in ours.keys() | theirs.keys() if ours.get(path) != theirs.get(path)}
    for path in sorted(differing):
        if not any(fnmatchcase(path, _escaped(pattern)) for pattern in MAY_DIFFER):
            yield Finding(path, f"is {ours.get(path)} in dev and {theirs.get(path)} in prod")
    for pattern in MAY_DIFFER:
        if not any(fnmatchcase(path, _escaped(pattern)) for path in differing):
            yield Finding(pattern, "may differ but does not; remove it from the list")


def _escaped(pattern: str) -> str:
    return pattern.replace("[", "[[]")


def flat(manifests: Manifests) -> dict[str, Any]:
    """Return each value of the services' own resources by its path."""
    shared = {"settings"} | {one.labels.get("app", "") for one in manifests.workloads if one.kind == "Deployment"}
    found: dict[str, Any] = {}
    for resource in manifests.of(*KINDS):
        labels, name = resource["metadata"].get("labels", {}), _HASH.sub("", resource["metadata"]["name"])
        ours = labels.get("app.kubernetes.io/part-of") == "foodapp"
        if ours and (resource["kind"] != "ConfigMap" or name in shared):
            found |= _leaves(resource, f"{resource['kind']}/{name}")
    return found


def _leaves(resource: Resource, root: str) -> dict[str, Any]:
    content = {key: value for key, value in resource.items() if key not in {"apiVersion", "kind", "metadata"}}
    return dict(_walk(content, root))


def _walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            name = inner.get("name", position) if isinstance(inner, dict) else position
            yield from _walk(inner, f"{path}[{name}]")
    else:
        yield path, _HASH.sub("", value) if isinstance(value, str) else value
