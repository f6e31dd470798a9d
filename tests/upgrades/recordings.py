"""The statements that a release sent to PostgreSQL, as files: each statement once, and the scenes that use them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from upgrades.values import JSON

RECORDED = Path(__file__).parent / "recorded"


class Sent(NamedTuple):
    """A statement with its parameters, which are JSON."""

    text: str
    parameters: JSON


@dataclass(frozen=True)
class Recording:
    """The statements of one release of one service, by test."""

    release: str
    service: str
    scenes: dict[str, list[Sent]]

    @property
    def package(self) -> str:
        """Return the package whose migrations create the tables; every service has those of the chassis."""
        return "review_service" if self.service == "foodchassis" else self.service.replace("-", "_")

    def write(self, folder: Path) -> Path:
        """Write the file of this recording below `folder`, one statement per line, for readable diffs."""
        texts = sorted({sent.text for scene in self.scenes.values() for sent in scene})
        number = {text: at for at, text in enumerate(texts)}
        scenes = {
            name: [[number[sent.text], sent.parameters] for sent in scene]
            for name, scene in sorted(self.scenes.items())
        }
        path = folder / self.release / f"{self.service}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(self._lines(texts, scenes)))
        return path

    def _lines(self, texts: list[str], scenes: dict[str, list[list[JSON]]]) -> Iterator[str]:
        yield f'{{"release": {_json(self.release)}, "service": {_json(self.service)}, "statements": [\n'
        yield ",\n".join(map(_json, texts))
        yield '\n], "scenes": {\n'
        yield ",\n".join(f"{_json(name)}: [\n{_rows(scene)}\n]" for name, scene in scenes.items())
        yield "\n}}\n"


def read(path: Path) -> Recording:
    """Read a recording from its file."""
    stored = json.loads(path.read_text())
    texts = stored["statements"]
    scenes = {name: [Sent(texts[at], given) for at, given in scene] for name, scene in stored["scenes"].items()}
    return Recording(stored["release"], stored["service"], scenes)


def recordings() -> list[Recording]:
    """Return every recording."""
    return [read(path) for path in sorted(RECORDED.glob("*/*.json"))]


def _rows(scene: list[list[JSON]]) -> str:
    return ",\n".join(map(_json, scene))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
