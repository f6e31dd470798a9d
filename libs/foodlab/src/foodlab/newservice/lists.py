"""The files that repeat deploy/services.toml, which are checked and completed from it.

A missing service is added to a list as a copy of menu-service's entry.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from foodctl.catalog import Service
from foodctl.errors import FoodctlError

SOURCE = "deploy/services.toml"
TWIN = "menu-service"
# One document of several in a YAML file, with the line that ends it.
_DOCUMENT = r"(?:^(?!---$).*\n)+---\n"
_BLOCK = r"\n(?:    .*\n)+"


def instead_of(other: str, name: str, text: str) -> str:
    """Return a text about another service with its names replaced by those of `name`."""
    old, new = other.removesuffix("-service"), name.removesuffix("-service")
    words = {
        f"{old.upper()}_": f"{new.upper().replace('-', '_')}_",
        f"{old}_": f"{new.replace('-', '_')}_",
        f"{old}-": f"{new}-",
        f'"{old}"': f'"{new}"',
    }
    return re.sub("|".join(words), lambda found: words[found[0]], text)


@dataclass(frozen=True)
class Described(Service):
    """A service as services.toml describes it."""

    routes: tuple[str, ...] = ()


def described(project: Path) -> list[Described]:
    """Read services.toml."""
    table = tomllib.loads((project / SOURCE).read_text())["services"]
    return [Described(name, one["port"], tuple(one["needs"]), tuple(one["routes"])) for name, one in table.items()]


@dataclass(frozen=True)
class Listed:
    """A file that lists every service that `needs` a server; `key` matches menu-service's entry, within `block`."""

    path: str
    key: str
    block: str | None = None
    needs: str | None = "postgres"

    def completed(self, text: str, services: list[Described]) -> str:
        """Return the text with every service. Raises FoodctlError for an unknown service in it."""
        shape = re.sub(r"menu([-_])service", r"([a-z]+(?:\1[a-z]+)*\1(?:service|gateway))", self.key, count=1)
        shape = re.sub(r"MENU_SERVICE", "([A-Z]+(?:_[A-Z]+)*_SERVICE)", shape, count=1)
        shape = re.sub(r"menu[-_]service|MENU_SERVICE", r"[A-Za-z_-]+", shape).replace('"menu"', '"[a-z-]+"')
        found = [one[1].lower().replace("_", "-") for one in re.finditer(shape, text, re.MULTILINE)]
        often = Counter(found)
        if not often[TWIN]:
            raise FoodctlError(f"{self.path} has an unknown format: nothing matches {self.key}")
        if unknown := often.keys() - {one.name for one in services}:
            raise FoodctlError(f"{self.path} names {', '.join(sorted(unknown))}, and {SOURCE} does not")
        for one in services:
            if self.needs in {None, *one.needs} and often[one.name] < often[TWIN]:
                text = self._added(text, one.name)
        return text

    def _added(self, text: str, name: str) -> str:
        blocks = re.finditer(self.block or self.key, text, re.MULTILINE)
        for found in reversed([one for one in blocks if re.search(self.key, one[0], re.MULTILINE)]):
            text = text[: found.end()] + instead_of(TWIN, name, found[0]) + text[found.end() :]
        return text


@dataclass(frozen=True)
class Table:
    """Lines of a file that are generated from services.toml."""

    path: str
    line: str
    lines: Callable[[Described], list[str]]

    def completed(self, text: str, services: list[Described]) -> str:
        """Return the text with these lines generated again."""
        found = re.search(f"(?:{self.line})+", text, re.MULTILINE)
        if found is None:
            raise FoodctlError(f"{self.path} has an unknown format: nothing matches {self.line}")
        return (
            text[: found.start()] + "".join(line for one in services for line in self.lines(one)) + text[found.end() :]
        )


def _catalog(one: Described) -> list[str]:
    needs = ", ".join(f'"{server}"' for server in one.needs)
    return [f'    Service("{one.name}", {one.port}, ({needs}{"" if len(one.needs) > 1 else ","})),\n']


def _upstreams(one: Described) -> list[str]:
    return [f'            "{one.short}": "http://127.0.0.1:{one.port}",\n'] if one.routes else []


def _routes(one: Described) -> list[str]:
    return [f'            "{route}": "{one.short}",\n' for route in one.routes]


_GATEWAY = "services/api-gateway/src/api_gateway/settings.py"
_COMPOSE = "deploy/compose/compose.yaml"
_K8S = "deploy/k8s"
_IN_LIST = r"[ \[]menu-service(?:,|(?=\]))"
LISTS: tuple[Listed | Table, ...] = (
    Table("libs/foodctl/src/foodctl/catalog.py", r"^    Service\(.*\),\n", _catalog),
    Table(_GATEWAY, r'^ +"[a-z-]+": "http://127.*",\n', _upstreams),
    Table(_GATEWAY, r'^ +"/[a-z.*/-]+": "[a-z-]+",\n', _routes),
    Listed("pyproject.toml", r' ?"menu_service"(?:,|(?=\]))'),
    Listed("pyproject.toml", r'\| menu_service(?: |(?="))'),
    Listed("libs/foodctl/pyproject.toml", r'^    "menu-service",\n'),
    Listed("libs/foodctl/pyproject.toml", r"^menu-service = .*\n"),
    Listed(".github/workflows/ci.yml", _IN_LIST, needs=None),
    Listed("deploy/docker/bake.hcl", r' "menu-service",', needs=None),
    Listed("deploy/compose/dev.env", r"^MENU_SERVICE_PASSWORD=.*\n"),
    Listed(_COMPOSE, r"^  MENU_SERVICE_PASSWORD: .*\n"),
    Listed(_COMPOSE, r'[{ ]"menu-service": "\$\{MENU_SERVICE_PASSWORD\}"[,}]'),
    Listed(_COMPOSE, r'[{ ]"menu": "http://menu-service:8000"[,}]'),
    Listed(_COMPOSE, r'^ +\{?"menu_service": "postgresql.*\n'),
    Listed(_COMPOSE, r"^ +user menu_service reset .*\n", needs="redis"),
    Listed(_COMPOSE, rf"^  menu-service:{_BLOCK}\n", needs=None),
    Listed(_COMPOSE, rf"^  menu-service-migrations:{_BLOCK}\n"),
    Listed(f"{_K8S}/base/kustomization.yaml", r"^  - .*/menu-service\n", needs=None),
    Listed(f"{_K8S}/operations/pod.yaml", r"^ +- secret: \{name: menu-service,.*\n"),
    Listed(f"{_K8S}/services/api-gateway/kustomization.yaml", r'[{ ]"menu": "http://menu-service"[,}]'),
    Listed(f"{_K8S}/overlays/dev/kustomization.yaml", rf"^  - name: menu-service{_BLOCK}", needs=None),
    Listed(f"{_K8S}/overlays/prod/images/kustomization.yaml", rf"^  - name: .*/menu-service{_BLOCK}", needs=None),
    Listed(f"{_K8S}/components/vault/kustomization.yaml", r"^  - menu-service\.yaml\n", needs=None),
    Listed(f"{_K8S}/components/postgres/create-databases.sh", r" menu_service"),
    Listed(f"{_K8S}/components/cloudnative-pg/cluster.yaml", r"^ +- \{name: menu_service.*\n"),
    Listed(f"{_K8S}/components/cloudnative-pg/databases.yaml", r"^  name: menu_service$", _DOCUMENT),
    Listed(f"{_K8S}/components/cloudnative-pg/passwords.yaml", r"^  name: postgres-menu-service$", _DOCUMENT),
    Listed(f"{_K8S}/components/keda/consumers.yaml", r"^  name: menu-service$", _DOCUMENT),
    Listed(
        "deploy/observability/kustomization.yaml", r"^ +- grafana/dashboards/services/menu-service\.json\n", needs=None
    ),
    Listed("deploy/observability/prometheus/prometheus.yaml", _IN_LIST, needs=None),
    Listed(
        "deploy/observability/prometheus/rules/alerts.yaml",
        r'absent\(up\{job="foodapp", service="menu-service"\}\)',
        r"^ +or absent\(.*\n",
        needs=None,
    ),
    Listed(
        "deploy/observability/prometheus/tests/alerts.yaml",
        r"^ +- \{series: 'up\{.*\"menu-service:9000.*\n",
        needs=None,
    ),
)
COPIES = (f"{_K8S}/services/menu-service/kustomization.yaml", f"{_K8S}/components/vault/menu-service.yaml")


def complete(project: Path) -> list[Path]:
    """Complete every list, and return the changed files."""
    texts = written(project)
    changed = [path for path, text in texts.items() if not path.exists() or path.read_text() != text]
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[path])
    return changed


def written(project: Path) -> dict[Path, str]:
    """Return the completed text of every file that lists services."""
    services = described(project)
    texts: dict[Path, str] = {}
    for entry in LISTS:
        path = project / entry.path
        texts[path] = entry.completed(texts.get(path) or path.read_text(), services)
    for copied in COPIES:
        twin = (project / copied).read_text()
        for one in services:
            path = project / instead_of(TWIN, one.name, copied)
            if one.has_database and not path.exists():
                texts[path] = instead_of(TWIN, one.name, twin)
    return texts
