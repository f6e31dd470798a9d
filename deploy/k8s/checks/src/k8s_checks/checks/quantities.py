"""Processor, memory and disk: each said, readable, and no request above its limit."""

import re
from collections.abc import Iterator

from k8s_checks.finding import Finding
from k8s_checks.manifests import Manifests, Workload

_FORM = re.compile(r"(\d+(?:\.\d+)?)(m|k|M|G|T|Ki|Mi|Gi|Ti|)")
_UNITS = {"m": 0.001, "": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_UNITS |= {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


def amount(quantity: object) -> float | None:
    """Read a quantity such as 200m or 1Gi; None when it is none."""
    matched = _FORM.fullmatch(str(quantity))
    return float(matched[1]) * _UNITS[matched[2]] if matched else None


def check(manifests: Manifests) -> Iterator[Finding]:
    """Find resources that are missing, unreadable, or the wrong way round."""
    for workload in manifests.workloads:
        yield from _containers(workload)
        for volume in workload.pod.get("volumes", []):
            limit = volume.get("emptyDir", {}).get("sizeLimit")
            if "emptyDir" in volume and amount(limit) is None:
                yield Finding(f"{workload} {volume['name']}", f"an emptyDir's sizeLimit is {limit}")
        for claim in workload.resource["spec"].get("volumeClaimTemplates", []):
            storage = claim["spec"]["resources"]["requests"]["storage"]
            if amount(storage) is None:
                yield Finding(str(workload), f"storage is {storage}")


def _containers(workload: Workload) -> Iterator[Finding]:
    for container in workload.all_containers:
        where = f"{workload} {container['name']}"
        resources = container.get("resources", {})
        requests, limits = resources.get("requests", {}), resources.get("limits", {})
        for side, name in (("requests", "cpu"), ("requests", "memory"), ("limits", "memory")):
            if name not in resources.get(side, {}):
                yield Finding(where, f"has no {side}.{name}")
        for side, values in (("requests", requests), ("limits", limits)):
            for name, value in values.items():
                if amount(value) is None:
                    yield Finding(where, f"{side}.{name} is {value}, which is no quantity")
        if "cpu" in limits:
            yield Finding(where, "limits.cpu throttles a busy event loop while cores stand idle")
        asked, most = amount(requests.get("memory")), amount(limits.get("memory"))
        if asked is not None and most is not None and asked > most:
            yield Finding(where, f"requests {requests['memory']} of memory, limited to {limits['memory']}")
