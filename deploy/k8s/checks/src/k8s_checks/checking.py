"""All checks of the manifests that need only kustomize, no cluster or other tool."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from k8s_checks import architecture, parity, pods, rules, settings, validation, wiring
from k8s_checks.manifests import Finding, Manifests
from k8s_checks.network import check_network

Check = Callable[[Manifests], Iterator[Finding]]

CHECKS: dict[str, Check] = {
    "schemas": validation.check_schemas,
    "placement": wiring.check_placement,
    "selectors": wiring.check_selectors,
    "ports": wiring.check_ports,
    "references": wiring.check_references,
    "images": pods.check_images,
    "quantities": pods.check_quantities,
    "probes": pods.check_probes,
    "rollout": pods.check_rollout,
    "scaling": pods.check_scaling,
    "settings": settings.check_settings,
    "addresses": settings.check_addresses,
    "rules": rules.check,
}


def of_any(manifests: Manifests) -> list[Finding]:
    """Run the checks that apply to every overlay."""
    return [replace(found, check=name) for name, check in CHECKS.items() for found in check(manifests)]


def of_network(manifests: Manifests, overlay: str) -> list[Finding]:
    """Compare an overlay's policies with the edges of the architecture."""
    edges = architecture.edges(overlay, [one.name for one in manifests.workloads])
    return [replace(found, check="network") for found in check_network(manifests, edges)]


def of_both(dev: Manifests, prod: Manifests) -> list[Finding]:
    """Run every check on the overlays dev and prod."""
    found: list[Finding] = []
    for name, manifests in (("dev", dev), ("prod", prod)):
        ours = (*of_any(manifests), *of_network(manifests, name))
        found += [replace(one, where=f"{name} {one.where}") for one in ours]
    return found + of_difference(dev, prod)


def of_difference(dev: Manifests, prod: Manifests) -> list[Finding]:
    """Find differences between the two overlays that are not allowed."""
    return [replace(one, check="parity") for one in parity.check(dev, prod)]
