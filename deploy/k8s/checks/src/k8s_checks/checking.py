"""All checks of the manifests that need no cluster and no tool but kustomize."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from k8s_checks import architecture, parity, rules
from k8s_checks.checks import (
    addresses,
    images,
    network,
    placement,
    ports,
    probes,
    quantities,
    references,
    restricted,
    rollout,
    scaling,
    schemas,
    selectors,
    settings,
)
from k8s_checks.finding import Finding
from k8s_checks.manifests import Manifests

Check = Callable[[Manifests], Iterator[Finding]]

CHECKS: dict[str, Check] = {
    "schemas": schemas.check,
    "placement": placement.check,
    "selectors": selectors.check,
    "ports": ports.check,
    "references": references.check,
    "images": images.check,
    "restricted": restricted.check,
    "quantities": quantities.check,
    "probes": probes.check,
    "rollout": rollout.check,
    "scaling": scaling.check,
    "settings": settings.check,
    "addresses": addresses.check,
    "rules": rules.check,
}


def of_any(manifests: Manifests) -> list[Finding]:
    """Run the checks that hold for every overlay."""
    return [replace(found, check=name) for name, check in CHECKS.items() for found in check(manifests)]


def of_network(manifests: Manifests, overlay: str) -> list[Finding]:
    """Compare an overlay's policies with the edges of the architecture."""
    edges = architecture.edges(overlay, [one.name for one in manifests.workloads])
    return [replace(found, check="network") for found in network.check(manifests, edges)]


def of_both(dev: Manifests, prod: Manifests) -> list[Finding]:
    """Run every check there is on our two overlays."""
    found: list[Finding] = []
    for name, manifests in (("dev", dev), ("prod", prod)):
        ours = (*of_any(manifests), *of_network(manifests, name))
        found += [replace(one, where=f"{name} {one.where}") for one in ours]
    return found + of_difference(dev, prod)


def of_difference(dev: Manifests, prod: Manifests) -> list[Finding]:
    """Compare the two overlays with what may differ between them."""
    return [replace(one, check="parity") for one in parity.check(dev, prod)]
