"""Commands of operators in a cluster, without a state folder."""

import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from typer.testing import CliRunner

from devservers.errors import UsageError
from devservers.ports import free_ports
from foodctl.cli import app
from foodctl.commands import make_admin
from foodctl.connections import Connections
from foodctl.errors import FoodctlError
from foodctl.outbox import parked, send_again
from foodctl.verify import Report
from foodctl.verifying import serve

PARKED = """
INSERT INTO outbox (event_id, routing_key, body, attempts, parked_at)
VALUES (gen_random_uuid(), 'user.registered.v1', '{}', 10, now())
"""


@pytest.fixture
def service_package() -> str:
    return "user_service"


def test_databases_and_broker_are_found_among_mounted_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for package in ("order_service", "user_service"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "DATABASE_URL").write_text(f"postgresql://{package}@postgres/{package}\n")
    (tmp_path / "RABBITMQ_URL").write_text("amqp://broker/\n")
    monkeypatch.setenv("FOODAPP_SECRETS_DIR", str(tmp_path))

    known = Connections.find()

    assert known.database("user_service") == "postgresql://user_service@postgres/user_service"
    assert list(known.databases) == ["order_service", "user_service"]
    assert known.broker == "amqp://broker/"
    with pytest.raises(UsageError, match="menu_service; there are URLs of order_service, user_service"):
        known.database("menu_service")


def test_the_brokers_url_is_enough_where_nothing_else_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FOODAPP_STATE", str(tmp_path))
    monkeypatch.setenv("FOODAPP_RABBITMQ_URL", "amqps://root@broker.example.com/")
    monkeypatch.setenv("FOODAPP_RABBITMQ_MANAGEMENT_URL", "https://broker.example.com")

    assert Connections.of_broker() == Connections({}, "amqps://root@broker.example.com/", "https://broker.example.com")
    # A check of no database would find nothing wrong.
    with pytest.raises(FoodctlError, match="just up"):
        Connections.find()


def test_without_any_address_no_broker_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FOODAPP_STATE", str(tmp_path))
    monkeypatch.delenv("FOODAPP_RABBITMQ_URL", raising=False)

    with pytest.raises(FoodctlError, match="just up"):
        Connections.of_broker()


def test_a_folder_without_secrets_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="mount the services' secrets"):
        Connections.within(tmp_path)


def test_counts_are_served_for_a_limited_time() -> None:
    [port] = free_ports(1)
    serving = Thread(target=serve, args=(Report(Counter(), [], 0.1).registry(7.0), port, 1.0))
    serving.start()
    answer = None
    while answer is None and serving.is_alive():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as response:
                answer = response.read().decode()
        except OSError:
            continue
    serving.join()

    assert 'foodapp_invariant_violations{invariant="9"} 0.0' in str(answer)
    assert "foodapp_verify_timestamp_seconds 7.0" in str(answer)


def test_parked_events_are_counted_and_sent_again(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(PARKED)

        [(kind, count, _)] = parked("user_service", database_url)
        again = send_again("user_service", database_url)

        assert (kind, count, again) == ("user.registered.v1", 1, 1)
        assert parked("user_service", database_url) == []
        assert connection.execute("SELECT attempts, parked_at FROM outbox").fetchall() == [(0, None)]


def test_an_admin_is_created_once(database_url: str) -> None:
    for _ in range(2):
        make_admin(database_url, "first@example.com", "First", "a-long-enough-password\n")

    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT email, role FROM users").fetchall() == [("first@example.com", "admin")]


def test_a_password_that_is_too_short_is_refused_with_the_reason(database_url: str) -> None:
    with pytest.raises(FoodctlError, match="the admin was not created: password: "):
        make_admin(database_url, "first@example.com", "First", "short\n")


def test_new_keys_are_a_private_jwks() -> None:
    printed = CliRunner().invoke(app, ["keys", "new"])

    assert printed.exit_code == 0
    assert '"d": "' in printed.stdout


def needed(distribution: str, *extras: str) -> Iterator[str]:
    """Yield a distribution and its dependencies."""
    yield canonicalize_name(distribution)
    for requirement in map(Requirement, requires(distribution) or ()):
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield from needed(requirement.name, *sorted(requirement.extras))


def test_foodctl_needs_no_development_packages() -> None:
    within = set(needed("foodctl"))
    absent = [
        module
        for module, distributions in packages_distributions().items()
        if within.isdisjoint(map(canonicalize_name, distributions))
    ]
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({absent!r}))\n"
        "import importlib.metadata; importlib.metadata.entry_points = lambda **_: ()\n"
        "import foodctl, importlib, pkgutil\n"
        "for module in pkgutil.walk_packages(foodctl.__path__, 'foodctl.'): importlib.import_module(module.name)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert {"grafana_foundation_sdk", "pytest", "testcontainers"} <= set(absent)
    assert done.returncode == 0, done.stderr
