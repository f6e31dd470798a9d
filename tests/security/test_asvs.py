"""The pages on security name tests that exist."""

import re

from e2e.running import ROOT

PAGE, BOUNDS = ((ROOT / "docs" / name).read_text("utf-8") for name in ("asvs.md", "security.md"))


def test_each_requirement_and_each_bound_names_a_test_that_exists() -> None:
    files = [*ROOT.glob("libs/*/tests/**/*.py"), *ROOT.glob("services/*/tests/**/*.py"), *ROOT.glob("tests/**/*.py")]
    written = {name for file in files for name in re.findall(r"def (test_\w+)", file.read_text("utf-8"))}
    named = set(re.findall(r"`(test_\w+)`", PAGE + BOUNDS))

    assert named - written == set()
    assert len(named) > 70


def test_each_requirement_is_listed_once() -> None:
    rows = re.findall(r"^\| ([\d., ]+) \| [12] \|", PAGE, re.MULTILINE)
    requirements = [one for row in rows for one in row.split(", ")]

    assert len(requirements) == len(set(requirements)) > 40
