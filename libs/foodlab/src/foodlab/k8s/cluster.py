"""Deploys the overlay dev to a local cluster: k3d, kind or minikube."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from devservers.errors import UsageError
from devservers.settings import inherited_environment
from foodctl.catalog import SERVICES
from foodctl.errors import FoodctlError
from k8s_checks import rendering
from k8s_checks.architecture import TOOL
from k8s_checks.manifests import Manifests

NAMESPACE = "foodapp-dev"


def loader(context: str) -> Callable[[list[str]], list[str]]:
    """Return the command that loads images into a cluster, by the name of its context."""
    kind, _, name = context.partition("-")
    if kind == "k3d":
        return lambda images: ["k3d", "image", "import", *images, "--cluster", name]
    if kind == "kind":
        return lambda images: ["kind", "load", "docker-image", *images, "--name", name]
    if context == "minikube":
        return lambda images: ["minikube", "image", "load", *images]
    raise UsageError(
        f"The current context is {context or 'none'}: that is not k3d, kind or minikube. "
        "Make one, for example by `k3d cluster create foodapp`, or select it with `kubectl config use-context`."
    )


def our_images(manifests: Manifests) -> list[str]:
    """Return the images that are built here."""
    names = {*(service.name for service in SERVICES), TOOL}
    found = {c["image"] for one in manifests.workloads if one.labels["app"] in names for c in one.all_containers}
    return sorted(found)


def deploy(console: Console) -> None:
    """Load images, apply the overlay, and wait until it is ready."""
    context = _ask("config", "current-context")
    load = loader(context)([])
    if shutil.which(load[0]) is None:
        raise UsageError(f"The current context is {context}, but there is no {load[0]} on this machine.")
    if not _ask("get", "--raw=/readyz"):
        raise UsageError(f"The cluster of the context {context} does not respond. Start it, and try again.")
    manifests = rendering.overlay("dev")
    _say(console, "loading images")
    _run(loader(context)(our_images(manifests)))
    _say(console, "applying, and waiting until everything is ready")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "dev.yaml")
        file.write_text(rendering.text_of(rendering.FOLDER / "overlays/dev"), encoding="utf-8")
        _run(["sh", str(rendering.FOLDER / "scripts/roll-out.sh"), NAMESPACE, str(file)])
    _say(console, f"ready; open it by: kubectl port-forward -n {NAMESPACE} svc/api-gateway 8000:80")


def _say(console: Console, message: str) -> None:
    console.print(f"· {message}", markup=False)


def _ask(*arguments: str) -> str:
    """Run a query on the cluster; return "" when it fails."""
    argv = [rendering.kubectl(), "--request-timeout=10s", *arguments]
    answer = subprocess.run(argv, capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else ""


def _run(argv: Sequence[str]) -> None:
    # The scripts call kubectl by its name: the one found here.
    inherited = inherited_environment()
    path = f"{Path(rendering.kubectl()).parent}{os.pathsep}{inherited['PATH']}"
    done = subprocess.run(argv, env={**inherited, "PATH": path}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FoodctlError(f"{' '.join(argv[:3])} failed: {done.stderr.strip() or done.stdout.strip()}")
