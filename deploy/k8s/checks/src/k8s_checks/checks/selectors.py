"""Every selector takes the pods it is for, and no others."""

from collections.abc import Iterator

from k8s_checks.finding import Finding
from k8s_checks.manifests import ENDING, Manifests, Workload, place, selects


def check(manifests: Manifests) -> Iterator[Finding]:
    """Find selectors that take nothing, or somebody else's pods."""
    for workload in manifests.workloads:
        if workload.kind in ENDING:
            continue
        taken = manifests.selected(workload.resource["spec"]["selector"])
        if [one.name for one in taken] != [workload.name]:
            yield Finding(str(workload), f"its selector takes the pods of {_names(taken)}")
        for spread in workload.pod.get("topologySpreadConstraints", []):
            if not selects(spread.get("labelSelector"), workload.labels):
                yield Finding(str(workload), f"spreads by {spread['topologyKey']} other pods than its own")
    for service in manifests.of("Service"):
        taken = manifests.selected({"matchLabels": service["spec"].get("selector", {})})
        if [one.name for one in taken] != [service["metadata"]["name"]]:
            yield Finding(place(service), f"its selector takes the pods of {_names(taken)}")
    for budget in manifests.of("PodDisruptionBudget", "PodMonitor"):
        taken = manifests.selected(budget["spec"]["selector"])
        alone = budget["kind"] == "PodDisruptionBudget"
        if not taken or (alone and [one.name for one in taken] != [budget["metadata"]["name"]]):
            yield Finding(place(budget), f"its selector takes the pods of {_names(taken)}")


def _names(taken: list[Workload]) -> str:
    return ", ".join(map(str, taken)) or "nobody"
