"""Copies the template under the name of a new service, and adds it to every list."""

import keyword
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devservers.errors import UsageError
from foodctl.catalog import DEFAULT_PORTS
from foodlab.newservice.lists import SOURCE, complete, described

_SHAPE = re.compile(r"[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*")
_LONGEST = 24
# Words with another meaning in the template's code.
_TAKEN = {"app", "body", "customer", "event", "events", "order", "page", "query", "service", "session", "user"}


@dataclass(frozen=True)
class Names:
    """The forms of one name: `gift-card` gives gift-card-service, gift_card, gift_cards, /gift-cards and GiftCard."""

    short: str
    port: int

    @classmethod
    def of(cls, name: str, port: int) -> "Names":
        """Return the forms of a typed name."""
        names = cls(name.removesuffix("-service"), port)
        if not _SHAPE.fullmatch(names.short) or len(names.short) > _LONGEST:
            raise UsageError(f"{name}: use a noun in lower case, such as coupon or gift-card")
        if names.short in DEFAULT_PORTS:
            raise UsageError(f"{names.short} is already the name of a service or a server")
        if names._is_taken():
            raise UsageError(f"{name}: the word means something else in a service's code; choose another")
        return names

    @property
    def noun(self) -> str:
        """Return the singular noun as an identifier."""
        return self.short.replace("-", "_")

    @property
    def nouns(self) -> str:
        """Return the plural noun."""
        if self.noun.endswith("y") and self.noun[-2:-1] not in "aeiou":
            return f"{self.noun[:-1]}ies"
        return self.noun + ("es" if self.noun.endswith(("s", "x", "z", "ch", "sh")) else "s")

    @property
    def type(self) -> str:
        """Return the class name."""
        return "".join(word.capitalize() for word in self.short.split("-"))

    def fill(self, text: str) -> str:
        """Replace the names of the template by those of this service."""
        words = {
            "/samples": "/" + self.nouns.replace("_", "-"),
            "sample-service": f"{self.short}-service",
            '"sample"': f'"{self.short}"',
            "samples": self.nouns,
            "sample": self.noun,
            "Sample": self.type,
            "8999": str(self.port),
        }
        return re.sub("|".join(words), lambda found: words[found[0]], text)

    def _is_taken(self) -> bool:
        import foodchassis  # noqa: PLC0415 - imports half the world, and --help should not wait for it
        import foodevents  # noqa: PLC0415 - the same

        known = {*foodchassis.__all__, *foodevents.__all__}
        return keyword.iskeyword(self.noun) or self.noun in _TAKEN or self.type in known


TEMPLATE = "libs/foodlab/templates/sample-service"
_LINE = 'sample-service = { port = 8999, needs = ["postgres", "rabbitmq", "redis"], routes = ["/samples"] }\n'
_SORT = ("check", "--select", "I", "--fix")


def make(name: str, project: Path) -> list[Path]:
    """Create the service, and return the new and changed files."""
    names = Names.of(name, max(service.port for service in described(project)) + 1)
    target = project / "services" / names.fill("sample-service")
    if target.exists():
        raise UsageError(f"{target} exists already")
    with (project / SOURCE).open("a") as file:
        file.write(names.fill(_LINE))
    changed = [project / SOURCE, *complete(project)]
    made = list(copied(project / TEMPLATE, target, names))
    for arguments in (_SORT, ("format",)):
        # Sort imports and wrap lines whose length has changed.
        python = [str(path) for path in (*changed, *made) if path.suffix == ".py"]
        subprocess.run([sys.executable, "-m", "ruff", *arguments, "--quiet", *python], cwd=project, check=True)
    return [*changed, *made]


def copied(template: Path, target: Path, names: Names) -> Iterator[Path]:
    """Copy the template with the names of the new service, and yield each file."""
    for source in sorted(template.rglob("*")):
        if source.is_file() and "__pycache__" not in source.parts:
            path = target / names.fill(str(source.relative_to(template)))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(names.fill(source.read_text()))
            shutil.copymode(source, path)
            yield path
