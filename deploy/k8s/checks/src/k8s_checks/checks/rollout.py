"""A rollout loses no request: new pods first, tables before code, and time to finish what was begun."""

from collections.abc import Iterator

from k8s_checks.architecture import ALL, UPSTREAMS
from k8s_checks.checks.settings import environment
from k8s_checks.finding import Finding
from k8s_checks.manifests import Manifests, Workload

# What the server gives requests in hand (the image's UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN), then messages in hand.
REQUEST_SECONDS = 10
MESSAGE_SECONDS = 10


def check(manifests: Manifests) -> Iterator[Finding]:
    """Find Deployments that cut requests off or meet tables they don't know."""
    for workload in manifests.workloads:
        if workload.name in ALL:
            yield from _update(workload)
            yield from _ending(manifests, workload)
        if workload.name in UPSTREAMS:
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
