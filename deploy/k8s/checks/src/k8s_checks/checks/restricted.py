"""The Pod Security Standard `restricted`, as the API server enforces it, and somewhat more."""

from collections.abc import Iterator

from k8s_checks.finding import Finding
from k8s_checks.manifests import Manifests, Resource, Workload

# Prometheus asks the API server for the pods to watch; the keys become a Secret there.
_WITH_TOKEN = {"prometheus", "signing-keys"}
_VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}


def check(manifests: Manifests) -> Iterator[Finding]:
    """Find pods that the namespace would refuse, or that hold more rights than they need."""
    for namespace in manifests.of("Namespace"):
        enforced = namespace["metadata"].get("labels", {}).get("pod-security.kubernetes.io/enforce")
        if enforced != "restricted":
            yield Finding(f"Namespace/{namespace['metadata']['name']}", f"enforces {enforced}, not restricted")
    for workload in manifests.workloads:
        yield from _pod(workload)
        for container in workload.all_containers:
            for message in _container(container, workload.pod.get("securityContext", {})):
                yield Finding(f"{workload} {container['name']}", message)


def _pod(workload: Workload) -> Iterator[Finding]:
    pod = workload.pod
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(field):
            yield Finding(str(workload), f"{field} is on")
    for volume in pod.get("volumes", []):
        if kinds := set(volume) - {"name"} - _VOLUMES:
            yield Finding(str(workload), f"volume {volume['name']} is a {', '.join(kinds)}")
    if pod.get("automountServiceAccountToken") is not False and workload.name not in _WITH_TOKEN:
        yield Finding(str(workload), "has a token for the API server, and nothing here talks to it")
    if pod.get("enableServiceLinks") is not False:
        yield Finding(str(workload), "has a variable for each Service among its settings")
    if pod.get("serviceAccountName") != workload.labels.get("app"):
        yield Finding(str(workload), "has no service account of its own")


def _container(container: Resource, pod: Resource) -> Iterator[str]:
    context = container.get("securityContext", {})
    both = pod | context
    if both.get("runAsNonRoot") is not True or both.get("runAsUser") == 0:
        yield "may run as root"
    if both.get("seccompProfile", {}).get("type") not in {"RuntimeDefault", "Localhost"}:
        yield "has no seccomp profile"
    if context.get("allowPrivilegeEscalation") is not False:
        yield "allows privilege escalation"
    if context.get("privileged"):
        yield "is privileged"
    capabilities = context.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", []) or set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
        yield "keeps capabilities"
    if context.get("readOnlyRootFilesystem") is not True:
        yield "may write to its own files"
    if any("hostPort" in port for port in container.get("ports", [])):
        yield "takes a port of its node"
