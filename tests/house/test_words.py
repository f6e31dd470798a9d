"""Banned words, each with the plain term to use instead."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLAIN = {
    "somebody": "name the person or the service",
    "nobody": "name what is missing: no client, no service, nothing",
    "whoever": "name who does it",
    "knob": "setting",
    "whereabouts": "connections, addresses",
    "whence": "from where",
    "teller": "name what it does",
    "lapse": "expire",
    "misshapen": "malformed",
    "anew": "again",
    "hearsay": "name the source",
    "whom": "name the person, the service or the package",
    "heard": "received, called",
    "tired": "name the state: exhausted, expired",
    "aside": "name where it goes",
    "hence": "so",
    "lest": "so that ... not",
    "thereby": "so",
}
WORD = re.compile(rf"(?<![\w\"'])(?:{'|'.join(PLAIN)})(?:s|es|d)?(?![\w\"'])", re.IGNORECASE)
# A status of an offer in the API, which the services use.
STATUS = "lapsed"
SERVICES = ROOT / "services"
LIBRARIES = ("foodchassis", "foodevents", "foodctl", "foodlab", "devservers")
SOURCES = (
    *(f"libs/{name}/src" for name in LIBRARIES),
    *(f"services/{folder.name}/src" for folder in SERVICES.iterdir()),
    "deploy",
)
PAGES = ("README.md", "AGENTS.md", "docs", ".github")
KINDS = {".md", ".py", ".yml", ".yaml", ".sh", ".toml", ".html", ".js"}


def files(names: tuple[str, ...]) -> list[Path]:
    written = ROOT / "docs/machines.md"  # by `just docs`, in the words of the services
    found = [
        path for name in names for path in ([ROOT / name] if (ROOT / name).is_file() else (ROOT / name).rglob("*"))
    ]
    return [path for path in found if path.suffix in KINDS and path != written]


def odd(paths: list[Path]) -> list[str]:
    """List the lines with a banned word."""
    return [
        f"{path}:{number}: {found[0]} → {PLAIN[next(word for word in PLAIN if found[0].lower().startswith(word))]}"
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
        for found in WORD.finditer(line)
        if found[0].lower() != STATUS or SERVICES not in path.parents
    ]


def test_pages_and_tools_use_plain_words() -> None:
    found = odd(files((*PAGES, *SOURCES)))

    assert found == [], "\n".join(found)


@pytest.mark.parametrize("line", ["Nobody waits.", "a knob for it", "an offer lapses", "A message was heard."])
def test_the_check_finds_a_banned_word(tmp_path: Path, line: str) -> None:
    (tmp_path / "page.md").write_text(line)

    assert len(odd([tmp_path / "page.md"])) == 1


def test_a_quoted_word_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('known["nobody"]')

    assert odd([tmp_path / "a.py"]) == []


@pytest.mark.parametrize(("folder", "faults"), [("services", 0), ("docs", 1)])
def test_the_status_of_an_offer_is_allowed_in_services_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, faults: int
) -> None:
    monkeypatch.setitem(globals(), "SERVICES", tmp_path / "services")
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "a.py").write_text("status = LAPSED")

    assert len(odd([tmp_path / folder / "a.py"])) == faults


# A docstring says what the caller gets: it returns, yields or reports it.
VERBS = re.compile(r'"""(?:Gives?|Tells?|Says?)\b')


def test_docstrings_begin_with_the_verb_of_what_they_do() -> None:
    sources = [path for name in ("libs", "services", "deploy") for path in (ROOT / name).rglob("*.py")]
    found = [
        f"{path}:{number}"
        for path in sources
        if ".venv" not in path.parts
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if VERBS.search(line)
    ]

    assert found == [], "\n".join(found)
