"""Reads the attacks: each kind is a file of corpus/."""

import re
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
_REPEATED = re.compile(r"\{([^{}*]+)\*(\d+)\}")


def read(name: str) -> Any:
    """Return the content of a file of the corpus."""
    return yaml.safe_load((HERE / "corpus" / f"{name}.yaml").read_text("utf-8"))


def framing(outcome: str) -> dict[str, bytes]:
    """Return the raw requests with this outcome; `{id}` is a placeholder for the number of the case."""
    requests: dict[str, str] = read("framing")[outcome]
    return {name: repeated(request).encode("latin-1") for name, request in requests.items()}


def repeated(text: str) -> str:
    """Return `text` with `{a*3}` expanded to aaa."""
    return _REPEATED.sub(lambda found: found[1] * int(found[2]), text)
