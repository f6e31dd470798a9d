"""The address of the runbooks in settings.env, which begins the annotation of each alert."""

import re
from pathlib import Path

from foodctl.settings import PROJECT

SETTINGS = PROJECT / "deploy/k8s/components/settings/settings.env"
# Written by hand except for the address.
_BY_HAND = ("rules/alerts.yaml", "tests/alerts.yaml", "tests/alerts-of-days.yaml")
_URL = re.compile(r"(runbook_url: )\S+(/[a-z-]+\.md)")


def address() -> str:
    """Return the URL of the runbooks' folder."""
    return dict(line.split("=", 1) for line in SETTINGS.read_text(encoding="utf-8").split())["RUNBOOKS"]


def alerts() -> dict[Path, str]:
    """Return the files of handwritten alerts, with the addresses of their runbooks."""
    folder = PROJECT / "deploy/observability/prometheus"
    texts = {folder / name: (folder / name).read_text(encoding="utf-8") for name in _BY_HAND}
    return {path: _URL.sub(rf"\g<1>{address()}\g<2>", text) for path, text in texts.items()}
