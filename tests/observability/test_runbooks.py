"""The commands of runbooks exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import typer
from e2e.running import Running
from observability.written import RUNBOOKS

from foodctl.cli import app

PAGES = sorted(RUNBOOKS.glob("*.md"))
# The ways to call foodctl: on a developer's machine, in Kubernetes, and with Compose.
FOODCTL = r"(?:uv run foodctl|foodctl\.sh foodapp-prod|run --rm(?: --volume \S+)? foodctl) ([a-z -]+)"


def commands() -> Iterator[tuple[str, list[str]]]:
    for page in PAGES:
        for line in re.findall(FOODCTL, page.read_text()):
            yield page.stem, line.split(" --")[0].split()


def test_runbooks_name_only_commands_that_exist() -> None:
    known = typer.main.get_command(app)

    named = list(commands())

    assert named
    for page, words in named:
        command = known
        for word in words:
            if not hasattr(command, "commands"):
                break  # the rest are arguments of the command
            assert word in getattr(command, "commands", {}), (page, words)
            command = command.commands[word]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_runbook_has_commands_for_kubernetes_and_compose(page: Path) -> None:
    text = page.read_text()

    assert re.search(r"[Ii]n Kubernetes\b.*:\n\n```sh\n", text)
    assert "With Compose" in text or re.search(r"Compose\s+has\s+no", text)


def test_links_of_runbooks_have_a_target() -> None:
    links = [page.parent / link for page in PAGES for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text())]

    assert links
    assert [link for link in links if not link.exists()] == []


@pytest.mark.parametrize("page", [page for page in PAGES if "```sql" in page.read_text()], ids=lambda page: page.stem)
def test_sql_of_runbooks_is_valid(running: Running, page: Path) -> None:
    for package, statement in re.findall(r"```sql\n-- (\w+)\n(.+?)```", page.read_text(), re.DOTALL):
        with psycopg.connect(running.system.database_urls[package]) as connection:
            assert connection.execute(f"EXPLAIN {statement}").fetchall()
