"""A real Prometheus that scrapes the running system, with the configuration of Compose."""

import math
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import yaml
from observability.written import FOLDER, RULES, read

from foodctl.catalog import SERVICES
from foodctl.system import System

_SECONDS = 60
_POLL = 0.2
_LOOK = "1s"


class Watching:
    """The API of Prometheus."""

    def __init__(self, port: int, targets: int) -> None:
        self._url = f"http://127.0.0.1:{port}/api/v1"
        self._targets = targets

    def values(self, expression: str) -> list[float]:
        """Run an instant query, and return its numeric values."""
        found = self._get("query", query=expression)["result"]
        return [value for one in found if math.isfinite(value := float(one["value"][1]))]

    def exemplars(self, series: str) -> list[dict[str, str]]:
        """Return the labels of the exemplars of a histogram."""
        now = time.time()
        found = self._get("query_exemplars", query=series, start=now - 3600, end=now)
        return [exemplar["labels"] for one in found for exemplar in one["exemplars"]]

    def wait_until_seen(self, since: float) -> None:
        """Wait until every target was scraped and every rule was evaluated after that Unix time."""
        until = time.monotonic() + _SECONDS
        while behind := self._behind(since):
            assert time.monotonic() < until, behind
            time.sleep(_POLL)

    def _behind(self, since: float) -> list[str]:
        try:
            targets = self._get("targets")["activeTargets"]
            groups = self._get("rules")["groups"]
        except httpx2.HTTPError as error:
            return [str(error)]
        # The targets are discovered one after the other.
        if len(targets) < self._targets:
            return [f"{len(targets)} of {self._targets} targets"]
        down = [f"{one['scrapeUrl']}: {one['lastError']}" for one in targets if one["health"] != "up"]
        late = [one["scrapeUrl"] for one in targets if _unix(one["lastScrape"]) < since]
        return down + late + [one["name"] for one in groups if _unix(one["lastEvaluation"]) < since]

    def _get(self, path: str, **parameters: Any) -> Any:
        return httpx2.get(f"{self._url}/{path}", params=parameters, timeout=10).raise_for_status().json()["data"]


def configure(folder: Path, system: System, *, itself: int, broker: str | None, files: str) -> Path:
    """Write Compose's configuration with this machine's addresses and a scrape interval of one second.

    `broker` is the host and port of the broker's metrics; `files` those of a replacement of the node exporter.
    """
    written = read(FOLDER / "prometheus" / "prometheus.yaml")
    jobs = {job["job_name"]: job for job in written["scrape_configs"]}
    # Three jobs have addresses separate from names: the names stay unchanged.
    del jobs["foodapp"]["dns_sd_configs"], jobs["foodapp"]["relabel_configs"], jobs["otel-collector"]
    jobs["foodapp"]["static_configs"] = [
        {"targets": [system.url(service).removeprefix("http://")], "labels": {"service": service.name}}
        for service in SERVICES
    ]
    jobs["rabbitmq"]["static_configs"] = [{"targets": [broker] if broker else []}]
    jobs["prometheus"]["static_configs"] = [{"targets": [f"127.0.0.1:{itself}"]}]
    optional = {"targets": [files], "labels": {"job": "node", "__metrics_path__": "/invariants.txt"}}
    (folder / "optional.yaml").write_text(yaml.safe_dump([optional]))
    jobs["optional"]["file_sd_configs"] = [{"files": [str(folder / "optional.yaml")]}]
    written["global"] = {"scrape_interval": _LOOK, "scrape_timeout": _LOOK, "evaluation_interval": _LOOK}
    written["rule_files"] = [str(path) for path in RULES]
    written["scrape_configs"] = list(jobs.values())
    configuration = folder / "prometheus.yaml"
    configuration.write_text(yaml.safe_dump(written))
    return configuration


def _unix(time_: str) -> float:
    # Python cannot parse nanoseconds, and the year 1 means never.
    whole, _, rest = time_.partition(".")
    zone = rest.lstrip("0123456789") if rest else ""
    return datetime.fromisoformat(whole + zone).timestamp() if not time_.startswith("0001") else 0
