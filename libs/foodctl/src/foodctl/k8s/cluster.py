"""Brings the overlay dev into a cluster of this machine: k3d, kind or minikube."""

import json
import shutil
import subprocess
from collections.abc import Callable, Sequence

from rich.console import Console

from foodctl.catalog import SERVICES
from foodctl.credentials import Credentials
from foodctl.errors import FoodctlError, UsageError
from foodctl.k8s import rendering
from foodctl.k8s.manifests import Manifests

NAMESPACE = "foodapp-dev"
SECRET = "signing-keys"  # noqa: S105 - its name, not what it holds
MINUTES = 10


def signing_keys() -> str:
    """Write a Secret with a new key to sign tokens with."""
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": SECRET, "namespace": NAMESPACE},
        "stringData": {"SIGNING_KEYS": Credentials().signing_keys},
    }
    return json.dumps(secret)


def loader(context: str) -> Callable[[list[str]], list[str]]:
    """Find out how images get into the nodes of a cluster, by the name of its context."""
    kind, _, name = context.partition("-")
    if kind == "k3d":
        return lambda images: ["k3d", "image", "import", *images, "--cluster", name]
    if kind == "kind":
        return lambda images: ["kind", "load", "docker-image", *images, "--name", name]
    if context == "minikube":
        return lambda images: ["minikube", "image", "load", *images]
    raise UsageError(
        f"The current context is {context or 'none'}: that is no k3d, kind or minikube. "
        "Make one, for example by `k3d cluster create foodapp`, or choose it by `kubectl config use-context`."
    )


def our_images(manifests: Manifests) -> list[str]:
    """Name the images that are built here and are in no registry yet."""
    names = {service.name for service in SERVICES}
    found = {c["image"] for one in manifests.workloads if one.labels["app"] in names for c in one.all_containers}
    return sorted(found)


def deploy(console: Console) -> None:
    """Load, apply, and wait; what is there already is brought up to date."""
    context = _ask("config", "current-context")
    load = loader(context)([])
    if shutil.which(load[0]) is None:
        raise UsageError(f"The current context is {context}, but there is no {load[0]} on this machine.")
    if not _ask("get", "--raw=/readyz"):
        raise UsageError(f"The cluster of the context {context} does not answer. Start it, and try again.")
    manifests = rendering.overlay("dev")
    _say(console, "loading images")
    _run(loader(context)(our_images(manifests)))
    _say(console, "applying")
    if not _ask("get", "namespace", NAMESPACE):
        _kubectl("create", "namespace", NAMESPACE)
    if not _ask("get", "secret", SECRET, "--namespace", NAMESPACE):
        _kubectl("apply", "--filename=-", given=signing_keys())
    # A Job cannot be changed, and a new version brings new migrations.
    _kubectl("delete", "jobs", "--namespace", NAMESPACE, "--selector=component=migrations", "--ignore-not-found")
    _kubectl("apply", "--server-side", "--force-conflicts", "--kustomize", str(rendering.FOLDER / "overlays/dev"))
    for one in manifests.workloads:
        _say(console, f"waiting for {one.name}")
        limit, where = f"--timeout={MINUTES}m", f"--namespace={NAMESPACE}"
        if one.kind == "Job":
            _kubectl("wait", "--for=condition=complete", f"job/{one.name}", limit, where)
        else:
            _kubectl("rollout", "status", f"{one.kind.lower()}/{one.name}", limit, where)
    _say(console, f"ready; open it by: kubectl port-forward -n {NAMESPACE} svc/api-gateway 8000:80")


def _say(console: Console, message: str) -> None:
    console.print(f"· {message}", markup=False)


def _ask(*arguments: str) -> str:
    """Ask the cluster; nothing when it says no."""
    argv = [rendering.kubectl(), "--request-timeout=10s", *arguments]
    answer = subprocess.run(argv, capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else ""


def _kubectl(*arguments: str, given: str | None = None) -> None:
    _run([rendering.kubectl(), *arguments], given=given)


def _run(argv: Sequence[str], *, given: str | None = None) -> None:
    done = subprocess.run(argv, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FoodctlError(f"{' '.join(argv[:3])} failed: {done.stderr.strip() or done.stdout.strip()}")
