"""Decision records are numbered without gaps, and each page has the same sections."""

import re
from pathlib import Path

import pytest

ADR = Path(__file__).parents[2] / "docs/adr"
PARTS = ["Context", "Options", "Decision", "Consequences"]
OPTIONAL = {"Options"}
FOUNDING = 6
MOST_LINES = 45


def faults(folder: Path) -> list[str]:
    """List the faults of the pages of a folder."""
    found = []
    for number, page in enumerate(sorted(folder.glob("*.md")), 1):
        text = page.read_text()
        if not page.name.startswith(f"{number:04}-"):
            found.append(f"{page.name}: the next number is {number:04}")
        elif not text.startswith(f"# {number}. "):
            found.append(f"{page.name}: the title does not begin with `# {number}. `")
        parts = re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE)
        needed = [part for part in PARTS if part in parts or part not in OPTIONAL or number <= FOUNDING]
        if parts != needed:
            found.append(f"{page.name}: the parts are {parts}, not {needed}")
        if len(text.splitlines()) > MOST_LINES:
            found.append(f"{page.name}: longer than one page")
    return found


def test_decisions_are_numbered_without_gaps_and_have_all_sections() -> None:
    assert len(list(ADR.glob("*.md"))) > FOUNDING
    assert faults(ADR) == []


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("0003-late.md", "# 3. Late\n\n**Context.** a\n\n**Decision.** b\n\n**Consequences.** c\n", "the next number"),
        ("0001-late.md", "# 2. Late\n\n**Context.** a\n\n**Decision.** b\n\n**Consequences.** c\n", "the title"),
        ("0001-late.md", "# 1. Late\n\n**Context.** a\n\n**Decision.** b\n\n**Consequences.** c\n", "the parts"),
        ("0001-late.md", "# 1. Late\n" + "\n" * MOST_LINES, "longer"),
    ],
)
def test_the_check_finds_a_fault(tmp_path: Path, name: str, text: str, fault: str) -> None:
    (tmp_path / name).write_text(text)

    assert any(fault in one for one in faults(tmp_path))
