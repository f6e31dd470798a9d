"""The wheel in an empty environment, running the example of the README."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from psycopg import sql

from devservers.interface import Endpoints
from devservers.ports import free_ports
from foodchassis.testing import eventually

HERE = Path(__file__).parents[1]
ROOT = HERE.parents[1]
UV = os.environ.get("UV") or shutil.which("uv") or "uv"


def run(*command: str | Path, **environment: str) -> str:
    """Run a program outside this Python environment, and return its output."""
    names = ("PATH", "HOME", "UV_CACHE_DIR", "UV_LINK_MODE", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "SSL_CERT_FILE")
    clean = {name: os.environ[name] for name in names if name in os.environ}
    ended = subprocess.run(
        [*map(str, command)], cwd=ROOT, env=clean | environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """Install the wheel with its declared dependencies, at the versions of the lock."""
    environment = tmp_path / "environment"
    run(UV, "build", "--quiet", "--wheel", "--package", "foodchassis", "--out-dir", tmp_path)
    run(UV, "venv", "--quiet", "--python", sys.executable, environment)
    locked = ("sync", "--quiet", "--frozen", "--no-dev", "--package", "foodchassis", "--no-install-workspace")
    run(UV, *locked, UV_PROJECT_ENVIRONMENT=str(environment))
    [wheel] = tmp_path.glob("*.whl")
    python = environment / "bin/python"
    run(UV, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python, wheel)
    run(UV, "pip", "check", "--quiet", "--python", python)
    return python


@pytest.fixture
def environment(servers: Endpoints, redis_url: str, rabbitmq_url: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Yield an empty database and the other servers, and a copy of the example outside this repository."""
    name = sql.Identifier(f"test_wheel_{os.getpid()}")
    shutil.copytree(HERE / "examples", tmp_path / "examples")
    with psycopg.connect(servers.postgres_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield {
                "DATABASE_URL": servers.postgres_url.rpartition("/")[0] + f"/test_wheel_{os.getpid()}",
                "RABBITMQ_URL": rabbitmq_url,
                "REDIS_URL": redis_url,
                "PYTHONPATH": str(tmp_path / "examples"),
            }
        finally:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


@contextmanager
def served(python: Path, environment: dict[str, str], port: int, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the example as its README says."""
    protocol = ["--http", "foodchassis.web:HttpProtocol"]
    command = [str(python), "-m", "uvicorn", *protocol, "--factory", "notes.main:create_app", "--port", str(port)]
    with log.open("w") as output:
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        yield server
    finally:
        server.terminate()
        server.wait(20)


async def ready(http: httpx2.AsyncClient, server: "subprocess.Popen[bytes]") -> bool:
    assert server.poll() is None, "it has ended"
    try:
        return (await http.get("/health/ready")).status_code == httpx2.codes.OK
    except httpx2.ConnectError:
        return False


@pytest.mark.packages
async def test_the_example_runs_from_the_wheel_alone(python: Path, environment: dict[str, str], tmp_path: Path) -> None:
    where = run(python, "-c", "import foodchassis; print(foodchassis.__file__)")
    assert Path(where.strip()).is_relative_to(python.parents[1])

    run(python, "-m", "foodchassis.storage.migrations", "notes", **environment)
    [port] = free_ports(1)
    with served(python, environment, port, tmp_path / "log") as server:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            await eventually(lambda: ready(http, server), 30)
            health = (await http.get("/health/ready")).json()
            written = await http.post("/notes", json={"text": "Milk, bread and two lemons"})
            empty = await http.post("/notes", json={"text": ""})
            found = await eventually(lambda: counted(http))

    assert health["checks"] == {"database": "up", "broker": "up", "redis": "up"}
    assert written.status_code == 201
    assert empty.status_code == 422
    assert empty.headers["Content-Type"] == "application/problem+json"
    assert found == {"id": written.json()["id"], "text": "Milk, bread and two lemons", "words": 5}


async def counted(http: httpx2.AsyncClient) -> dict[str, Any] | None:
    [note] = (await http.get("/notes")).json()["items"]
    return note if note["words"] is not None else None
