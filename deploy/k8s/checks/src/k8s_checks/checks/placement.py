"""Every resource is in the overlay's namespace, once, finished, and small enough to be stored."""

import json
import re
from collections import Counter
from collections.abc import Iterator

from k8s_checks.finding import Finding
from k8s_checks.manifests import Manifests, place

_CLUSTER_WIDE = {"Namespace", "PriorityClass"}
_UNFINISHED = re.compile(r"registry/owner|\b(?:DOMAIN|ACME_EMAIL)\b|\b[A-Z]+_(?:NAMESPACE|NETWORK|CLASS)\b")
# What the API server stores of one object, with room for what it adds itself.
_MOST_BYTES = 1_000_000


def check(manifests: Manifests) -> Iterator[Finding]:
    """Find resources elsewhere or twice, placeholders that nothing replaced, and files that are too large."""
    [namespace, *others] = manifests.names("Namespace") or {"?"}
    if others or namespace == "?":
        yield Finding("Namespace", "there must be exactly one")
    for identity, count in Counter((one["kind"], one["metadata"]["name"]) for one in manifests).items():
        if count > 1:
            yield Finding("/".join(identity), f"is there {count} times")
    for resource in manifests:
        found = resource["metadata"].get("namespace")
        if resource["kind"] not in _CLUSTER_WIDE and found != namespace:
            yield Finding(place(resource), f"is in namespace {found}, not {namespace}")
        text = json.dumps(resource)
        if resource["kind"] != "PrometheusRule" and (left := _UNFINISHED.search(text)):
            yield Finding(place(resource), f"nothing replaced {left[0]}")
        if len(text) > _MOST_BYTES:
            yield Finding(place(resource), f"is {len(text)} bytes long")
