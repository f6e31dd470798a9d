"""Every dashboard and the file it is written to."""

from pathlib import Path

from foodctl.catalog import SERVICES
from foodctl.settings import PROJECT
from observability_generators.dashboards.business import business
from observability_generators.dashboards.databases import databases
from observability_generators.dashboards.messaging import messaging
from observability_generators.dashboards.objectives import objectives
from observability_generators.dashboards.service import of_service

FOLDER = PROJECT / "deploy" / "observability" / "grafana" / "dashboards"


def dashboards() -> dict[Path, str]:
    """Give the JSON of each dashboard, by file; Grafana shows the folders as its own."""
    folders = {
        "overview": [business(), objectives(), messaging(), databases()],
        "services": [of_service(service) for service in SERVICES],
    }
    return {FOLDER / name / f"{page.name}.json": page.json() for name, pages in folders.items() for page in pages}
