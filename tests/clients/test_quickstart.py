"""Runs the quickstart as written, with clients generated from the running system's document."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from e2e.running import ROOT, Running

PAGE = ROOT / "docs/api/quickstart.md"
# Fields that a body may omit must stay optional in generated clients.
DEFAULTS = """
import type { components } from "./food.js";
type Schemas = components["schemas"];
export const dish: Schemas["ItemCreate"] = {
  name: "Soup",
  price: 100,
  option_groups: [{ name: "Size", min: 0, max: 1, options: [{ name: "Large", price: 300 }] }],
};
"""
# The generator passes `*args: object` to typed methods in this one generated file.
MYPY = "[mypy]\nstrict = true\n[mypy-food.client]\ndisable_error_code = arg-type\n"


def example(language: str) -> str:
    [code] = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return str(code)


def run(folder: Path, *command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, f"{command[0]}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture
def document(running: Running, tmp_path: Path) -> Path:
    path = tmp_path / "openapi.json"
    path.write_text(httpx2.get(f"{running.system.gateway_url}/openapi.json").text)
    return path


def test_an_api_client_acts_for_its_owner(running: Running, tmp_path: Path) -> None:
    printed = run(tmp_path, "bash", "-euo", "pipefail", "-c", example("sh"), BASE_URL=running.system.gateway_url)

    assert printed == "25\n"


def test_curl_orders_and_follows(running: Running, tmp_path: Path) -> None:
    printed = run(tmp_path, "bash", "-euo", "pipefail", "-c", example("bash"), BASE_URL=running.system.gateway_url)

    assert "event: order" in printed
    assert printed.strip().split("\n")[-1] == "delivered"


@pytest.mark.packages
def test_a_generated_python_client_is_strictly_typed_and_orders(
    running: Running, document: Path, tmp_path: Path
) -> None:
    (tmp_path / "mypy.ini").write_text(MYPY)
    (tmp_path / "order.py").write_text(example("python"))
    programs = Path(sys.executable).parent

    run(
        tmp_path, programs / "openapi-python-client", "generate", "--path", document, "--meta", "none",
        "--output-path", tmp_path / "food", "--fail-on-warning",
    )  # fmt: skip
    run(tmp_path, programs / "mypy", "--config-file", "mypy.ini", "food", "order.py")
    printed = run(tmp_path, sys.executable, "order.py", BASE_URL=running.system.gateway_url)

    assert printed.strip() == "delivered"


@pytest.mark.npm
def test_a_generated_typescript_client_is_strictly_typed_and_orders(
    running: Running, document: Path, tmp_path: Path
) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(Path(__file__).with_name(name), tmp_path)
    (tmp_path / "order.ts").write_text(example("typescript"))
    (tmp_path / "defaults.ts").write_text(DEFAULTS)
    [options] = re.findall(r"`npx openapi-typescript \"\$BASE_URL/openapi.json\" (.*?)`", PAGE.read_text())

    run(tmp_path, "npm", "ci", "--silent")
    run(tmp_path, "npx", "openapi-typescript", document, *options.split())
    run(tmp_path, "npx", "tsc", "--strict", "--module", "nodenext", "--target", "es2022", "order.ts", "defaults.ts")
    printed = run(tmp_path, "node", "order.js", BASE_URL=running.system.gateway_url)

    assert printed.strip() == "delivered"
