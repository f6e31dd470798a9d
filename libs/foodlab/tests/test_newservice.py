"""A new service in a copy of the repository passes all checks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from devservers.errors import UsageError
from devservers.interface import Endpoints
from foodctl.catalog import SERVICES
from foodctl.errors import FoodctlError
from foodctl.settings import PROJECT
from foodlab.newservice import Names, make
from foodlab.newservice.lists import SOURCE as SERVICES_FILE
from foodlab.newservice.lists import Described, Listed, Table, written

NAME = "gift-card"
SOURCE = "services/gift-card-service/src"
SHORT = 200
WRITTEN = written(PROJECT)
# The further commands of the recipe, and `just k8s-check` without other tools.
CHECK = """
from foodlab import docs
from k8s_checks import checking, rendering, rules

docs.write()
rules.write()
print([str(one) for one in checking.of_both(*map(rendering.overlay, rendering.OVERLAYS))])
"""
ASK = """
from api_gateway.settings import GatewaySettings
from foodctl.catalog import SERVICES

settings = GatewaySettings()
print(SERVICES[-1].name, settings.upstreams[settings.routes["/gift-cards"]], SERVICES[-1].port)
"""

pytestmark = [pytest.mark.xdist_group("new-service"), pytest.mark.timeout(240, func_only=True)]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the repository with the new service."""
    folder = tmp_path_factory.mktemp("repository")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((PROJECT / name).read_bytes())
    make(NAME, folder)
    return folder


def run(copy: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of the environment in the copy, whose packages take precedence."""
    sources = [copy / SOURCE, copy / "libs/foodctl/src", copy / "services/api-gateway/src"]
    paths = {"PYTHONPATH": os.pathsep.join(map(str, sources)), "MYPYPATH": str(copy / SOURCE)}
    return subprocess.run(
        [Path(sys.executable).with_name(command[0]), *command[1:]],
        cwd=copy,
        env={**os.environ, **paths, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def passes(copy: Path, *command: str, **environment: str) -> None:
    done = run(copy, *command, **environment)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_new_service_passes_ruff(copy: Path) -> None:
    changed = [
        "tests/telemetry",
        "services/gift-card-service",
        "libs/foodctl/src/foodctl/catalog.py",
        "services/api-gateway/src/api_gateway/settings.py",
    ]

    passes(copy, "ruff", "check", "--no-cache", *changed)
    passes(copy, "ruff", "format", "--check", "--no-cache", *changed)


def test_the_new_service_passes_mypy(copy: Path) -> None:
    cache = f"--cache-dir={PROJECT / '.mypy_cache'}"

    passes(copy, "mypy", cache, SOURCE, "services/gift-card-service/tests")


def test_the_import_rules_cover_the_new_service(copy: Path) -> None:
    passes(copy, "lint-imports", "--no-cache")
    service = copy / SOURCE / "gift_card_service/service.py"
    kept = service.read_text()
    service.write_text(
        "import fastapi\nimport order_service.models\nimport foodchassis.messaging.outbox\n"
        "from gift_card_service import routes\n"
    )

    broken = run(copy, "lint-imports", "--no-cache")

    service.write_text(kept)
    assert broken.returncode == 1
    assert " 4 broken." in broken.stdout


def test_the_tests_of_the_new_service_pass(copy: Path, servers: Endpoints) -> None:
    urls = {
        "FOODAPP_POSTGRES_URL": servers.postgres_url,
        "FOODAPP_REDIS_URL": servers.redis_url,
        "FOODAPP_RABBITMQ_URL": servers.rabbitmq_url,
        "FOODAPP_RABBITMQ_MANAGEMENT_URL": servers.management_url or "",
    }

    passes(copy, "pytest", "-n", "0", "-p", "no:cacheprovider", "services/gift-card-service/tests", **urls)


def test_foodctl_and_the_gateway_include_the_new_service(copy: Path) -> None:
    done = run(copy, "python", "-c", ASK)

    port = str(SERVICES[-1].port + 1)
    assert done.stdout.split() == ["gift-card-service", f"http://127.0.0.1:{port}", port], done.stderr


def test_containers_clusters_and_dashboards_include_the_new_service(copy: Path) -> None:
    checked = run(copy, "python", "-c", CHECK)

    assert checked.stdout == "[]\n", checked.stdout + checked.stderr
    assert (copy / "deploy/observability/grafana/dashboards/services/gift-card-service.json").is_file()
    composed = yaml.safe_load((copy / "deploy/compose/compose.yaml").read_text())["services"]
    assert (
        'gift-card-service = { port = 8007, needs = ["postgres", "rabbitmq", "redis"]'
        in (copy / SERVICES_FILE).read_text()
    )
    assert composed["gift-card-service"].keys() == composed["menu-service"].keys()
    assert composed["gift-card-service-migrations"]["command"][-1] == "gift_card_service"
    assert '"gift-card": "http://gift-card-service:8000"' in composed["api-gateway"]["environment"]["UPSTREAMS"]
    for path in (
        "deploy/docker/bake.hcl",
        "deploy/observability/prometheus/rules/alerts.yaml",
        ".github/workflows/ci.yml",
    ):
        assert "gift-card-service" in (copy / path).read_text()


def test_the_new_service_is_short(copy: Path) -> None:
    lines = [line for path in (copy / SOURCE).rglob("*.py") for line in path.read_text().splitlines()]

    assert len(lines) < SHORT


def test_a_service_is_not_created_twice(copy: Path) -> None:
    with pytest.raises(UsageError, match="exists already"):
        make(NAME, copy)


@pytest.mark.parametrize("name", ["order", "gateway", "redis", "Coupon", "gift_card", "2nd", "class", "page", "a" * 40])
def test_an_invalid_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        Names.of(name, 8006)


def test_the_forms_of_a_name() -> None:
    names = Names.of("story-service", 8006)

    assert names.fill('sample-service sample_service Sample /samples samples "sample" 8999') == (
        'story-service story_service Story /stories stories "story" 8006'
    )


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_list_of_services_is_complete(path: Path) -> None:
    assert path.read_text() == WRITTEN[path]


def test_a_missing_service_is_added_to_a_list() -> None:
    entry = Listed("list.yaml", r"^- menu-service\n")

    added = entry.completed(
        "- order-service\n- menu-service\n", [*named("menu-service", "order-service", "gift-card-service")]
    )

    assert added == "- order-service\n- menu-service\n- gift-card-service\n"


def test_an_unknown_service_in_a_list_is_an_error() -> None:
    with pytest.raises(FoodctlError, match=r"list\.yaml names gone-service, and deploy/services\.toml does not"):
        Listed("list.yaml", r"^- menu-service\n").completed("- menu-service\n- gone-service\n", named("menu-service"))


@pytest.mark.parametrize(
    "entry", [Listed("list.py", r"^  menu-service\n"), Table("list.py", r"^  Service\(.*\n", lambda one: [one.name])]
)
def test_a_list_with_an_unknown_format_is_not_changed(entry: Listed | Table) -> None:
    with pytest.raises(FoodctlError, match=r"list\.py has an unknown format"):
        entry.completed("SERVICES = ()\n", named("menu-service"))


def named(*names: str) -> list[Described]:
    return [Described(name, 8000, ("postgres",)) for name in names]
