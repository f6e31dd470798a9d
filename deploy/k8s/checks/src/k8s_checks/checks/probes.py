"""Every container that serves is asked whether it has started, is ready, and lives."""

from collections.abc import Iterator

from k8s_checks.architecture import ALL
from k8s_checks.finding import Finding
from k8s_checks.manifests import ENDING, Manifests, Workload

# So many times ten seconds without an answer: a process that is only busy answers before.
PATIENCE = 6
PATHS = {"startupProbe": "/health/live", "readinessProbe": "/health/ready", "livenessProbe": "/health/live"}


def check(manifests: Manifests) -> Iterator[Finding]:
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
                if kind == "livenessProbe" and probe.get("failureThreshold", 3) < PATIENCE:
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
