"""Pods: their images, probes, resources and rollouts, and how many there may be."""

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
    """Read a quantity such as 200m or 1Gi; None when it is none."""
    matched = _FORM.fullmatch(str(quantity))
    return float(matched[1]) * _UNITS[matched[2]] if matched else None


def check_quantities(manifests: Manifests) -> Iterator[Finding]:
    """Find resources that are missing, unreadable, or the wrong way round."""
    for workload in manifests.workloads:
        yield from _containers(workload)
        for volume in workload.pod.get("volumes", []):
            limit = volume.get("emptyDir", {}).get("sizeLimit")
            if "emptyDir" in volume and amount(limit) is None:
                yield Finding(f"{workload} {volume['name']}", f"an emptyDir's sizeLimit is {limit}")
        for claim in workload.resource["spec"].get("volumeClaimTemplates", []):
            storage = claim["spec"]["resources"]["requests"]["storage"]
            if amount(storage) is None:
                yield Finding(str(workload), f"storage is {storage}")


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
                    yield Finding(where, f"{side}.{name} is {value}, which is no quantity")
        if "cpu" in limits:
            yield Finding(where, "limits.cpu throttles a busy event loop while cores stand idle")
        asked, most = amount(requests.get("memory")), amount(limits.get("memory"))
        if asked is not None and most is not None and asked > most:
            yield Finding(where, f"requests {requests['memory']} of memory, limited to {limits['memory']}")


_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_TAG = re.compile(r":[\w][\w.-]*$")


def check_images(manifests: Manifests) -> Iterator[Finding]:
    """Find images that move, that are not ours, or that belong to another service."""
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
                yield Finding(where, f"{image} names no version")
            if app not in (*ALL, TOOL):
                continue
            if name.rpartition("/")[2] != app:
                yield Finding(where, f"{image} is not the image of {app}")
            if production and not _DIGEST.search(image):
                yield Finding(where, f"{image} is not named by its digest")
            homes.add(name.rpartition("/")[0])
    if len(homes) != 1:
        yield Finding("images", f"ours come from {', '.join(sorted(homes))}")
    for name in sorted(set(ALL) - {one.name for one in manifests.workloads if one.kind == "Deployment"}):
        yield Finding(f"Deployment/{name}", "is not there")


# So many times ten seconds without an answer: a process that is only busy answers before.
LEAST_TRIES = 6
PATHS = {"startupProbe": "/health/live", "readinessProbe": "/health/ready", "livenessProbe": "/health/live"}


def check_probes(manifests: Manifests) -> Iterator[Finding]:
    """Find missing probes, probes of ports that don't exist, and liveness that asks a dependency."""
    for workload in manifests.workloads:
        if workload.kind in ENDING:
            continue
        for container in workload.containers:
            for kind in PATHS:
                probe = container.get(kind)
                if probe is None:
                    yield Finding(f"{workload} {container['name']}", f"has no {kind}")
                    continue
                if kind != "startupProbe" and "exec" in probe:
                    yield Finding(f"{workload} {container['name']}", f"{kind} starts a program again and again")
                if kind == "livenessProbe" and probe.get("failureThreshold", 3) < LEAST_TRIES:
                    yield Finding(f"{workload} {container['name']}", "livenessProbe kills what is only busy")
                asked = probe.get("httpGet") or probe.get("tcpSocket")
                if asked and workload.port(asked["port"]) is None:
                    yield Finding(f"{workload} {container['name']}", f"{kind} asks port {asked['port']}, there is none")
        if workload.name in ALL:
            yield from _ours(workload)


def _ours(workload: Workload) -> Iterator[Finding]:
    for container in workload.containers:
        for kind, path in PATHS.items():
            asked = container.get(kind, {}).get("httpGet", {})
            if (asked.get("path"), asked.get("port")) != (path, "http"):
                yield Finding(str(workload), f"{kind} asks {asked.get('path')} at {asked.get('port')}, not {path}")


# What the server gives open requests (UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN of the image), then messages in progress.
REQUEST_SECONDS = 10
MESSAGE_SECONDS = 10


def check_rollout(manifests: Manifests) -> Iterator[Finding]:
    """Find Deployments that cut requests off or meet tables they don't know."""
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
                yield Finding(f"Job/{workload.name}-migrations", f"is of another image than {workload.name}")


def _image(workload: Workload) -> str:
    return str(workload.containers[0]["image"])


def _update(workload: Workload) -> Iterator[Finding]:
    strategy = workload.resource["spec"].get("strategy", {}).get("rollingUpdate", {})
    if strategy.get("maxUnavailable") != 0 or strategy.get("maxSurge", 0) == 0:
        yield Finding(str(workload), "takes a pod away before a new one is ready")


def _ending(manifests: Manifests, workload: Workload) -> Iterator[Finding]:
    hook = workload.containers[0].get("lifecycle", {}).get("preStop", {})
    if "sleep" not in hook:
        yield Finding(str(workload), "has no preStop sleep: requests arrive until every node knows that it leaves")
        return
    draining = float(environment(manifests, workload).get("DRAIN_SECONDS", "0"))
    needed = hook["sleep"]["seconds"] + draining + REQUEST_SECONDS + MESSAGE_SECONDS
    given = workload.pod.get("terminationGracePeriodSeconds", 30)
    if given < needed:
        yield Finding(str(workload), f"is killed after {given} s, but may take {needed:.0f} s to end well")


def check_scaling(manifests: Manifests) -> Iterator[Finding]:
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
            needed = sum(count * (1 if name == "pods" else _asked_by(one, side, what)) for one, count in pods)
            if needed > (amount(allowed) or 0):
                yield Finding(place(quota), f"{name} is {allowed}, but the autoscalers may ask for {needed:.0f}")


def _asked_by(workload: Workload, side: str, what: str) -> float:
    return sum(amount(one.get("resources", {}).get(side, {}).get(what, 0)) or 0 for one in workload.containers)
