"""Autoscalers and disruption budgets: for whom, how far, and whether the namespace can hold it."""

from collections import Counter
from collections.abc import Iterator

from k8s_checks.architecture import ALL
from k8s_checks.checks.quantities import amount
from k8s_checks.finding import Finding
from k8s_checks.manifests import Manifests, Resource, Workload, place


def check(manifests: Manifests) -> Iterator[Finding]:
    """Find autoscalers without a target, against each other, or upside down, and budgets that hold up a drain."""
    scalers = manifests.of("HorizontalPodAutoscaler", "ScaledObject")
    targets = Counter(one["spec"]["scaleTargetRef"]["name"] for one in scalers)
    for scaler in scalers:
        target = manifests.named("Deployment", scaler["spec"]["scaleTargetRef"]["name"])
        least, most = _range(scaler)
        if target is None:
            yield Finding(place(scaler), f"there is no Deployment {scaler['spec']['scaleTargetRef']['name']}")
        elif "replicas" in target["spec"]:
            yield Finding(place(target), "each apply would take back the replicas that its autoscaler chose")
        if not 1 <= least <= most:
            yield Finding(place(scaler), f"scales from {least} to {most}")
    for name in ALL:
        if targets[name] != 1:
            yield Finding(f"Deployment/{name}", f"has {targets[name]} autoscalers")
        if manifests.named("PodDisruptionBudget", name) is None:
            yield Finding(f"Deployment/{name}", "has no PodDisruptionBudget")
    for budget in manifests.of("PodDisruptionBudget"):
        if budget["spec"].get("maxUnavailable", 0) == 0:
            yield Finding(place(budget), "never lets a node be drained")
    yield from _quota(manifests, scalers)


def _range(scaler: Resource) -> tuple[int, int]:
    spec = scaler["spec"]
    return spec.get("minReplicas", spec.get("minReplicaCount", 1)), spec.get("maxReplicas", spec.get("maxReplicaCount"))


def _quota(manifests: Manifests, scalers: list[Resource]) -> Iterator[Finding]:
    most = {one["spec"]["scaleTargetRef"]["name"]: _range(one)[1] for one in scalers}
    for quota in manifests.of("ResourceQuota"):
        for name, allowed in quota["spec"]["hard"].items():
            side, _, what = name.partition(".")
            if name != "pods" and side not in {"requests", "limits"}:
                continue
            # A rollout adds one pod to each Deployment.
            pods = ((one, most.get(one.name, 0) + 1) for one in manifests.workloads)
            needed = sum(count * (1 if name == "pods" else _pod(one, side, what)) for one, count in pods)
            if needed > (amount(allowed) or 0):
                yield Finding(place(quota), f"{name} is {allowed}, but the autoscalers may ask for {needed:.0f}")


def _pod(workload: Workload, side: str, what: str) -> float:
    return sum(amount(one.get("resources", {}).get(side, {}).get(what, 0)) or 0 for one in workload.containers)
