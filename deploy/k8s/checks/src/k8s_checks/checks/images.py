"""Which images run: ours under one registry and owner, all of one version, in production by digest."""

import re
from collections.abc import Iterator

from k8s_checks.architecture import ALL, TOOL
from k8s_checks.finding import Finding
from k8s_checks.manifests import Manifests

_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_TAG = re.compile(r":[\w][\w.-]*$")


def check(manifests: Manifests) -> Iterator[Finding]:
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
