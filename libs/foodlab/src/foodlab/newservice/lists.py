"""The places where services are listed, and how one more is added to each: as menu-service stands there today."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from foodctl.errors import FoodctlError
from foodlab.newservice.names import Names

TWIN = "menu"
# One document of several in a YAML file, with the line that ends it.
_DOCUMENT = r"(?:^(?!---$).*\n)+---\n"
_BLOCK = r"\n(?:    .*\n)+"


@dataclass(frozen=True)
class Twin:
    """What matches here and names the twin is repeated after it for the new service."""

    path: str
    pattern: str

    def added(self, text: str, names: Names) -> str:
        """Give the file's text with the new service in it."""
        matches = [one for one in re.finditer(self.pattern, text, re.MULTILINE) if TWIN in one[0].lower()]
        if not matches:
            raise FoodctlError(f"{self.path} lists its services in a way unknown here: nothing fits {self.pattern}")
        for match in reversed(matches):
            text = text[: match.end()] + names.instead_of(TWIN, match[0]) + text[match.end() :]
        return text


@dataclass(frozen=True)
class Last:
    """What is written in the template's words after the last match, where order matters or the twin has other words."""

    path: str
    pattern: str
    line: str

    def added(self, text: str, names: Names) -> str:
        """Give the file's text with the new service in it."""
        matches = list(re.finditer(self.pattern, text, re.MULTILINE))
        if not matches:
            raise FoodctlError(f"{self.path} lists its services in a way unknown here: nothing fits {self.pattern}")
        return text[: matches[-1].end()] + names.fill(self.line) + text[matches[-1].end() :]


_GATEWAY = "services/api-gateway/src/api_gateway/settings.py"
_COMPOSE = "deploy/compose/compose.yaml"
_K8S = "deploy/k8s"
LISTS: tuple[Twin | Last, ...] = (
    Twin("pyproject.toml", r' "menu_service",'),
    Twin("pyproject.toml", r" menu_service \|"),
    Twin("libs/foodctl/pyproject.toml", r'^    "menu-service",\n'),
    Twin("libs/foodctl/pyproject.toml", r"^menu-service = .*\n"),
    Last("libs/foodctl/src/foodctl/catalog.py", r"^    Service\(.*\),\n", '    Service("sample-service", 8999),\n'),
    Last(_GATEWAY, r'^ +"[a-z-]+": "http://127.*",\n', '            "sample": "http://127.0.0.1:8999",\n'),
    Last(_GATEWAY, r'^ +"/[a-z.-]+": "[a-z-]+",\n', '            "/samples": "sample",\n'),
    Last(
        "tests/telemetry/test_traces.py",
        r'^    \("order-service", "order\.delivered", .*\),\n',
        '    ("order-service", "order.delivered", "sample-service"),\n',
    ),
    Twin(".github/workflows/ci.yml", r" menu-service,"),
    Twin("deploy/docker/bake.hcl", r' "menu-service",'),
    Twin("deploy/compose/dev.env", r"^MENU_SERVICE_PASSWORD=.*\n"),
    Twin(_COMPOSE, r"^  MENU_SERVICE_PASSWORD: .*\n"),
    Twin(_COMPOSE, r' "menu": "[^"]*",'),
    Twin(_COMPOSE, r'^ +"menu_service": "postgresql.*\n'),
    Twin(_COMPOSE, rf"^  menu-service:{_BLOCK}\n"),
    Twin(_COMPOSE, rf"^  menu-service-migrations:{_BLOCK}\n"),
    Twin(f"{_K8S}/base/kustomization.yaml", r"^  - .*/menu-service\n"),
    Twin(f"{_K8S}/operations/pod.yaml", r"^ +- secret: \{name: menu-service,.*\n"),
    Twin(f"{_K8S}/services/api-gateway/kustomization.yaml", r' "menu": "[^"]*",'),
    Twin(f"{_K8S}/overlays/dev/kustomization.yaml", rf"^  - name: menu-service{_BLOCK}"),
    Twin(f"{_K8S}/overlays/prod/images/kustomization.yaml", rf"^  - name: .*/menu-service{_BLOCK}"),
    Twin(f"{_K8S}/components/vault/kustomization.yaml", r"^  - menu-service\.yaml\n"),
    Twin(f"{_K8S}/components/postgres/create-databases.sh", r" menu_service"),
    Twin(f"{_K8S}/components/cloudnative-pg/cluster.yaml", r"^ +- \{name: menu_service.*\n"),
    Twin(f"{_K8S}/components/cloudnative-pg/databases.yaml", _DOCUMENT),
    Twin(f"{_K8S}/components/cloudnative-pg/passwords.yaml", _DOCUMENT),
    Twin(f"{_K8S}/components/keda/consumers.yaml", _DOCUMENT),
    Twin("deploy/observability/kustomization.yaml", r"^ +- .*menu-service.*\n"),
    Twin("deploy/observability/prometheus/prometheus.yaml", r" menu-service,"),
    Twin("deploy/observability/prometheus/rules/alerts.yaml", r"^ +or absent\(.*menu-service.*\n"),
    Twin("deploy/observability/prometheus/tests/alerts.yaml", r"^ +- \{series: 'up\{.*menu-service:9000.*\n"),
)
COPIES = (f"{_K8S}/services/menu-service/kustomization.yaml", f"{_K8S}/components/vault/menu-service.yaml")


def join(project: Path, names: Names) -> list[Path]:
    """Write the new service into every list, and give the files that are new or changed; all of them or none."""
    texts: dict[Path, str] = dict(_copies(project, names))
    for entry in LISTS:
        path = project / entry.path
        texts[path] = entry.added(texts.get(path) or path.read_text(), names)
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return list(texts)


def _copies(project: Path, names: Names) -> Iterator[tuple[Path, str]]:
    for path in COPIES:
        yield project / names.instead_of(TWIN, path), names.instead_of(TWIN, (project / path).read_text())
