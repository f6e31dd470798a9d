"""Checks of pods: images, probes, resources, rollouts and autoscaling."""

import re
from collections import Counter
from collections.abc import Iterator

from k8s_checks.architecture import ALL, BACKENDS, TOOL
from k8s_checks.manifests import ENDING, Finding, Manifests, Resource, Workload, place
from k8s_checks.settings import environment

_FORM = re.compile(r"(\d+(?:\.\d+)?)(m|k|M|G|T|Ki|Mi|Gi|Ti|)")
_UNITS = {"m": 0.001, "": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_UNITS |= {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


def amount(quantity: object) -> float | None:
    """Parse a quantity such as 200m or 1Gi; return None when it is invalid."""
    matched = _FORM.fullmatch(str(quantity))
    return float(matched[1]) * _UNITS[matched[2]] if matched else None


def check_quantities(manifests: Manifests) -> Iterator[Finding]:
    """Find resources that are missing or invalid, or whose request exceeds the limit."""
    for workload in manifests.workloads:
        yield from _containers(workload)
        for volume in workload.pod.get("volumes", []):
            limit = volume.get("emptyDir", {}).get("sizeLimit")
            if "emptyDir" in volume and amount(limit) is None:
                yield Finding(
                    f"{workload} {volume['name']}", f"an emptyDir has the sizeLimit {limit}, which is not a quantity"
                )
        for claim in workload.resource["spec"].get("volumeClaimTemplates", []):
            storage = claim["spec"]["resources"]["requests"]["storage"]
            if amount(storage) is None:
                yield Finding(str(workload), f"storage is {storage}, which is not a quantity")


def _containers(workload: Workload) -> Iterator[Finding]:
    for container in workload.all_containers:
        where = f"{workload} {container['name']}"
        resources = container.get("resources", {})
        requests, limits = resources.get("requests", {}), resources.get("limits", {})
        for side, name in (("requests", "cpu"), ("requests", "memory"), ("limits", "memory")):
            if name not in resources.get(side, {}):
                yield Finding(where, f"has no {side}.{name}")
        for side, values in (("requests", requests), ("limits", limits)):
            for name, value in values.items():
                if amount(value) is None:
                    yield Finding(where, f"{side}.{name} is {value}, which is not a quantity")
        if "cpu" in limits:
            yield Finding(where, "limits.cpu throttles a busy event loop while other cores are idle; remove it")
        requested, most = amount(requests.get("memory")), amount(limits.get("memory"))
        if requested is not None and most is not None and requested > most:
            yield Finding(where, f"requests {requests['memory']} of memory, over its limit of {limits['memory']}")


_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_TAG = re.compile(r":[\w][\w.-]*$")


def check_images(manifests: Manifests) -> Iterator[Finding]:
    """Find images without a version, from another registry, or of another service."""
    production = manifests.named("Namespace", "foodapp-prod") is not None
    homes = set()
    for workload in manifests.workloads:
        app = workload.labels.get("app", "")
        for container in workload.all_containers:
            image = container.get("image", "")
            where = f"{workload} {container['name']}"
            name = image.split("@")[0]
            name = name[: name.rfind(":")] if _TAG.search(name) else name
            if not _DIGEST.search(image) and (not _TAG.search(image) or image.endswith(":latest")):
                yield Finding(where, f"{image} has no fixed version")
            if app not in (*ALL, TOOL):
                continue
            if name.rpartition("/")[2] != app:
                yield Finding(where, f"{image} is not the image of {app}")
            if production and not _DIGEST.search(image):
                yield Finding(where, f"{image} has no digest")
            homes.add(name.rpartition("/")[0])
    if len(homes) != 1:
        yield Finding("images", f"the services' images come from several registries: {', '.join(sorted(homes))}")
    for name in sorted(set(ALL) - {one.name for one in manifests.workloads if one.kind == "Deployment"}):
        yield Finding(f"Deployment/{name}", "is missing")


# The number of failed probes, ten seconds apart; a busy process responds earlier.
LEAST_TRIES = 6
PATHS = {"startupProbe": "/health/live", "readinessProbe": "/health/ready", "livenessProbe": "/health/live"}


def check_probes(manifests: Manifests) -> Iterator[Finding]:
    """Find missing probes, probes of unknown ports, and liveness probes that depend on other servers."""
    for workload in manifests.workloads:
        if workload.kind in ENDING:
            continue
        for container in workload.containers:
            where = f"{workload} {container['name']}"
            for kind in PATHS:
                probe = container.get(kind)
                if probe is None:
                    yield Finding(where, f"has no {kind}")
                    continue
                if kind != "startupProbe" and "exec" in probe:
                    yield Finding(where, f"{kind} starts a program each time; use httpGet or tcpSocket")
                if kind == "livenessProbe" and probe.get("failureThreshold", 3) < LEAST_TRIES:
                    yield Finding(
                        where, f"livenessProbe kills a busy process: its failureThreshold is below {LEAST_TRIES}"
                    )
                target = probe.get("httpGet") or probe.get("tcpSocket")
                if target and workload.port(target["port"]) is None:
                    yield Finding(where, f"{kind} calls port {target['port']}, which does not exist")
        if workload.name in ALL:
            yield from _ours(workload)


def _ours(workload: Workload) -> Iterator[Finding]:
    for container in workload.containers:
        for kind, path in PATHS.items():
            target = container.get(kind, {}).get("httpGet", {})
            if (target.get("path"), target.get("port")) != (path, "http"):
                called = f"{target.get('path')} on port {target.get('port')}"
                yield Finding(str(workload), f"{kind} calls {called}, not {path} on http")


# Time-outs at shutdown: of open requests (UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN of the image), then of messages.
REQUEST_SECONDS = 10
MESSAGE_SECONDS = 10


def check_rollout(manifests: Manifests) -> Iterator[Finding]:
    """Find Deployments that interrupt requests or start before their migrations."""
    for workload in manifests.workloads:
        if workload.name in ALL:
            yield from _update(workload)
            yield from _ending(manifests, workload)
        if workload.name in BACKENDS:
            first = workload.pod.get("initContainers", [])
            if not any(one["command"][-1] == "--wait" and one["image"] == _image(workload) for one in first):
                yield Finding(str(workload), "does not wait for its migrations")
            job = manifests.named("Job", f"{workload.name}-migrations")
            if job is None:
                yield Finding(str(workload), "has no Job for its migrations")
            elif _image(Workload(job)) != _image(workload):
                yield Finding(f"Job/{workload.name}-migrations", f"has another image than {workload.name}")


def _image(workload: Workload) -> str:
    return str(workload.containers[0]["image"])


def _update(workload: Workload) -> Iterator[Finding]:
    strategy = workload.resource["spec"].get("strategy", {}).get("rollingUpdate", {})
    if strategy.get("maxUnavailable") != 0 or strategy.get("maxSurge", 0) == 0:
        yield Finding(str(workload), "stops a pod before a new one is ready")


def _ending(manifests: Manifests, workload: Workload) -> Iterator[Finding]:
    hook = workload.containers[0].get("lifecycle", {}).get("preStop", {})
    if "sleep" not in hook:
        yield Finding(str(workload), "has no preStop sleep: requests arrive until every node has removed the pod")
        return
    draining = float(environment(manifests, workload).get("DRAIN_SECONDS", "0"))
    needed = hook["sleep"]["seconds"] + draining + REQUEST_SECONDS + MESSAGE_SECONDS
    given = workload.pod.get("terminationGracePeriodSeconds", 30)
    if given < needed:
        yield Finding(str(workload), f"is killed after {given} s, but a clean shutdown may take {needed:.0f} s")


def check_scaling(manifests: Manifests) -> Iterator[Finding]:
    """Find autoscalers without a target, with a shared target or an invalid range, and budgets that block drains."""
    scalers = manifests.of("HorizontalPodAutoscaler", "ScaledObject")
    targets = Counter(one["spec"]["scaleTargetRef"]["name"] for one in scalers)
    for scaler in scalers:
        target = manifests.named("Deployment", scaler["spec"]["scaleTargetRef"]["name"])
        least, most = _range(scaler)
        if target is None:
            yield Finding(place(scaler), f"there is no Deployment {scaler['spec']['scaleTargetRef']['name']}")
        elif "replicas" in target["spec"]:
            yield Finding(place(target), "sets replicas, so each apply would undo its autoscaler")
        if not 1 <= least <= most:
            yield Finding(place(scaler), f"scales from {least} to {most}")
    for name in ALL:
        if targets[name] != 1:
            yield Finding(f"Deployment/{name}", f"has {targets[name]} autoscalers")
        if manifests.named("PodDisruptionBudget", name) is None:
            yield Finding(f"Deployment/{name}", "has no PodDisruptionBudget")
    for budget in manifests.of("PodDisruptionBudget"):
        if budget["spec"].get("maxUnavailable", 0) == 0:
            yield Finding(place(budget), "prevents draining a node")
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
            needed = sum(count * (1 if name == "pods" else _requested_by(one, side, what)) for one, count in pods)
            if needed > (amount(allowed) or 0):
                yield Finding(place(quota), f"{name} is {allowed}, but the autoscalers may request {needed:.0f}")


def _requested_by(workload: Workload, side: str, what: str) -> float:
    return sum(amount(one.get("resources", {}).get(side, {}).get(what, 0)) or 0 for one in workload.containers)
