"""The overlays, built once, and copies of them for planted mistakes."""

import pickle
import shutil
from functools import cache
from pathlib import Path
from typing import Any

from k8s_checks import checking, rendering
from k8s_checks.manifests import Finding, Manifests, Resource


def production(folder: Path, way: str) -> str:
    """Render production in a copy of the manifests, with Ingress or Gateway API."""
    for name in ("k8s", "observability"):
        shutil.copytree(rendering.FOLDER.parent / name, folder / name)
    prod = folder / "k8s/overlays/prod/kustomization.yaml"
    if way == "gateway-api":
        text = prod.read_text().replace("components/ingress\n", "components/gateway-api\n")
        prod.write_text(text.replace("  - ../../components/ingress-tls\n", ""))
    return rendering.text_of(prod.parent)


@cache
def built(overlay: str) -> Manifests:
    return rendering.overlay(overlay)


@cache
def _stored(overlay: str) -> bytes:
    # Reading it back creates a copy, several times faster than copying.
    return pickle.dumps(built(overlay).resources)


class Broken:
    """A copy of an overlay with a mistake in it."""

    def __init__(self, overlay: str) -> None:
        self.overlay = overlay
        self.manifests = Manifests(pickle.loads(_stored(overlay)))

    def get(self, kind: str, name: str) -> Resource:
        # Generated names end in a hash of their content.
        [found] = [
            one
            for one in self.manifests.of(kind)
            if one["metadata"]["name"] == name or one["metadata"]["name"].rpartition("-")[0] == name
        ]
        return found

    def pod(self, name: str, kind: str = "Deployment") -> dict[str, Any]:
        found: dict[str, Any] = self.get(kind, name)["spec"]["template"]["spec"]
        return found

    def container(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.pod(name)["containers"][0]
        return found

    def remove(self, kind: str, name: str) -> None:
        self.manifests.resources.remove(self.get(kind, name))

    def findings(self, check: str) -> list[Finding]:
        """Return the findings of one check: running all of them for each mistake would take minutes."""
        if check == "parity":
            dev, prod = (self.manifests if name == self.overlay else built(name) for name in rendering.OVERLAYS)
            return checking.of_difference(dev, prod)
        if check == "network":
            return checking.of_network(self.manifests, self.overlay)
        return list(checking.CHECKS[check](self.manifests))
