"""Links, excerpts and commands on the pages exist."""

import re
from pathlib import Path

import pytest

from foodlab import transcript

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / page for page in ("README.md", "AGENTS.md", ".github/SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "libs").glob("*/*.md")),
]
MOST_RECIPES = 26
MOST_LINES = 400
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)\)")
EXCERPT = re.compile(r"^\[[^\]]*\]\(([^)]+)\)\n```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
RECIPES = set(re.findall(r"^([a-z][a-z0-9-]*)(?: [^:=\n]*)?:(?!=)", (ROOT / "justfile").read_text(), re.MULTILINE))
COMMAND = re.compile(r"(?:^|`|# |or: |uv run )just ([a-z][a-z0-9-]*)", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def broken(page: Path) -> list[str]:
    """List the broken links of a page."""
    found = []
    for link in LINK.findall(page.read_text()):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_has_a_target(page: Path) -> None:
    assert broken(page) == []


def test_the_check_finds_a_broken_link(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# One heading\n")
    page = tmp_path / "page.md"
    page.write_text("[a](there.md) [b](there.md#one-heading) [c](gone.md) [d](there.md#gone) [e](https://example.com)")

    assert broken(page) == ["gone.md", "there.md#gone"]


def test_every_excerpt_is_in_its_file() -> None:
    page = ROOT / "docs/patterns.md"
    excerpts = EXCERPT.findall(page.read_text())

    assert len(excerpts) == page.read_text().count("```python")
    for path, shown in excerpts:
        # A line of a list ends with a comma in the file; alone it would be a tuple.
        lines = {line.strip().rstrip(",") for line in (page.parent / path).read_text().splitlines()}
        assert [line for line in shown.splitlines() if line.strip() not in lines] == [], path


def test_the_chassis_readme_contains_the_example() -> None:
    page = ROOT / "libs/foodchassis/README.md"
    shown = dict(EXCERPT.findall(page.read_text()))

    assert set(shown) == {str(file.relative_to(page.parent)) for file in page.parent.glob("examples/notes/**/[!_]*.py")}
    for path, text in shown.items():
        assert (page.parent / path).read_text() == text, path


def test_every_recipe_named_on_a_page_exists() -> None:
    named = {(page.name, recipe) for page in PAGES for recipe in COMMAND.findall(page.read_text())}

    assert {one for one in named if one[1] not in RECIPES} == set()
    assert ("README.md", "up") in named


def test_the_transcript_contains_its_commands() -> None:
    page = (ROOT / "docs/transcript.md").read_text()

    shown = re.findall(r"^\$ (.*)$", page, re.MULTILINE)
    assert shown == [command for scene in transcript.DAY for command in scene.commands]
    assert len(page.splitlines()) < MOST_LINES
    assert str(ROOT) not in page


def test_the_number_of_recipes_is_limited() -> None:
    public = RECIPES - {"default"}

    assert len(public) <= MOST_RECIPES, sorted(public)
    assert {"up", "check", "tag"} <= public


def test_every_action_is_pinned_to_a_commit_with_its_version_beside_it() -> None:
    files = [*ROOT.glob(".github/workflows/*.yml"), *ROOT.glob(".github/actions/*/action.yml")]
    uses = [line.strip() for file in files for line in file.read_text().splitlines() if "uses:" in line]
    foreign = [line for line in uses if "uses: $/" not in line]

    assert foreign
    assert [line for line in foreign if not re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)] == []
