"""Where the runbooks are: the address in settings.env leads every alert's annotation."""

import re
from pathlib import Path

from foodctl.settings import PROJECT

SETTINGS = PROJECT / "deploy/k8s/components/settings/settings.env"
# Written by hand, but for the address.
_BY_HAND = ("rules/alerts.yaml", "tests/alerts.yaml", "tests/alerts-of-days.yaml")
_URL = re.compile(r"(runbook_url: )\S+(/[a-z-]+\.md)")


def address() -> str:
    """Return the folder of the runbooks, for a browser."""
    return dict(line.split("=", 1) for line in SETTINGS.read_text(encoding="utf-8").split())["RUNBOOKS"]


def alerts() -> dict[Path, str]:
    """Return the alerts that are written by hand, each with its runbook's address, by file."""
    folder = PROJECT / "deploy/observability/prometheus"
    texts = {folder / name: (folder / name).read_text(encoding="utf-8") for name in _BY_HAND}
    return {path: _URL.sub(rf"\g<1>{address()}\g<2>", text) for path, text in texts.items()}
