"""Write the rules of Prometheus as a PrometheusRule, which the Prometheus operator reads."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from foodctl.settings import PROJECT
from k8s_checks.manifests import Finding, Manifests

SOURCES = PROJECT / "deploy/observability/prometheus/rules"
TARGET = PROJECT / "deploy/k8s/components/monitoring/rules.yaml"
_HEAD = "# Written by `foodctl k8s rules` from deploy/observability/prometheus/rules; a check compares them.\n"


def groups(sources: Path) -> list[dict[str, Any]]:
    """Read the groups of every rule file, in the files' order."""
    return [
        group
        for path in sorted(sources.glob("*.yaml"))
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    ]


def write() -> None:
    """Write the PrometheusRule."""
    resource = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "foodapp"},
        "spec": {"groups": groups(SOURCES)},
    }
    text = yaml.safe_dump(resource, sort_keys=False, width=110, allow_unicode=True)
    TARGET.write_text(_HEAD + text, encoding="utf-8")


def check(manifests: Manifests) -> Iterator[Finding]:
    """Find a PrometheusRule that differs from the rules."""
    for resource in manifests.of("PrometheusRule"):
        if resource["spec"]["groups"] != groups(SOURCES):
            yield Finding("PrometheusRule/foodapp", "differs from the rules; run `foodctl k8s rules`")
