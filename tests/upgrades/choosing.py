"""Selects a minimal set of a service's statements that covers all of them."""

import json
import re
from collections.abc import Callable, Iterator, Sequence

from upgrades.recordings import Sent
from upgrades.replaying import WRITES, Answer
from upgrades.values import JSON

Play = Callable[[Sequence[Sent]], list[Answer]]
Coverage = tuple[str, ...]
# A scene with more statements is a load test, which adds no coverage.
LONGEST = 200
# The same statement with a different text for each number of rows or values.
_NUMBER = re.compile(r"_\d+(?=\)|$)")
_REPEATED = re.compile(r"(\([^()]*(?:%\(\w+\)s[^()]*)+\)|%\(\w+\)s(?:::\w+)?)(?:, \1)+")
_WORD = re.compile(r"[a-z][a-z_.-]{0,40}")


def chosen(scenes: dict[str, list[Answer]], play: Play) -> dict[str, list[Sent]]:
    """Return scenes that cover each statement and each kind of value of its parameters, in few bytes."""
    covered = {name: _all(scene) for name, scene in scenes.items() if len(scene) <= LONGEST}
    cost = {name: len(json.dumps([answer.sent.parameters for answer in scene])) + 1 for name, scene in scenes.items()}
    found: dict[str, list[Sent]] = {}
    seen: set[Coverage] = set()
    while covered:
        name = max(sorted(covered), key=lambda one: len(covered[one] - seen) / cost[one])
        new = covered.pop(name) - seen
        if not new:
            break
        found[name] = _shortened([answer.sent for answer in scenes[name]], new, play)
        seen |= new
    return found


def _shortened(scene: list[Sent], needed: set[Coverage], play: Play) -> list[Sent]:
    """Remove statements that add no coverage: first halves, then quarters, down to single statements."""
    size = len(scene)
    while size := size // 2:
        at = 0
        while at < len(scene):
            fewer = scene[:at] + scene[at + size :]
            if needed <= _all(play(fewer)):
                scene = fewer
            else:
                at += size
    return scene


def _all(scene: Sequence[Answer]) -> set[Coverage]:
    return {one for answer in scene if answer.error is None for one in _coverage(answer)}


def _coverage(answer: Answer) -> Iterator[Coverage]:
    """Yield what a statement covers; a write that changes no row covers nothing."""
    text, writes = normalised(answer.sent.text), WRITES.search(answer.sent.text) is not None
    changed = " ".join(sorted(answer.wrote))
    yield text, changed or str(answer.found)
    if changed or not writes:
        for path, kind in _kinds("", answer.sent.parameters):
            yield text, changed, path, kind if writes else kind.split(" ", 1)[0]


def normalised(text: str) -> str:
    """Return a statement without the parts that differ between its uses."""
    return _REPEATED.sub(r"\1", _NUMBER.sub("", text))


def _kinds(path: str, value: JSON) -> Iterator[tuple[str, str]]:
    """Yield the kind of value at each path: words, as in CHECK constraints, unchanged; the type of all others."""
    match value:
        case dict():
            for name, one in value.items():
                yield from _kinds(f"{path}.{_NUMBER.sub('', name)}", one)
        case list():
            for one in value:
                yield from _kinds(f"{path}[]", one)
        case str() if value.startswith(("{", "[")):
            yield from _kinds(path, json.loads(value))
        case str() if _WORD.fullmatch(value):
            yield path, f"str {value}"
        case bool():
            yield path, f"bool {value}"
        case _:
            yield path, type(value).__name__
