"""Validates each resource against its published schema, without unknown fields."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from devservers.programs import fetched
from k8s_checks.manifests import Finding, Manifests, place

# The oldest supported release: in 1.34 the preStop hook `sleep` became stable.
VERSION = "1.34.0"
CUSTOM = Path(__file__).parent / "schemas"
# Downloaded when needed, because it is large; only its schemas are used: its function reads 2 MB for each resource.
_PACKAGE = "kubernetes-validate==1.37.0"


def check_schemas(manifests: Manifests) -> Iterator[Finding]:
    """Find resources that the API server or an operator would reject."""
    for resource in manifests:
        for message in _faults(json.dumps(resource)):
            yield Finding(place(resource), message)


@cache
def _faults(resource: str) -> tuple[str, ...]:
    """Return the faults of one resource; cached, because validation is slow."""
    found = json.loads(resource)
    version, kind = str(found.get("apiVersion", "")), str(found.get("kind", ""))
    validator = _validator(version, kind)
    if validator is None:
        return (f"there is no schema of {version} {kind}",)
    return tuple(f"{'.'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(found))


@cache
def _validator(version: str, kind: str) -> Draft202012Validator | None:
    group, _, number = version.rpartition("/")
    custom = CUSTOM / f"{group}_{kind.lower()}_{number}.json"
    short = "-".join(part for part in (group.partition(".")[0], number) if part)
    built_in = _built_in() / f"{kind.lower()}-{short}.json"
    for path in (custom, built_in):
        if path.is_file():
            return Draft202012Validator(_read(path), registry=_definitions())
    return None


def _built_in() -> Path:
    return Path(fetched(_PACKAGE)) / f"kubernetes-json-schema/v{VERSION}-local-strict"


@cache
def _definitions() -> Registry[Any]:
    contents = DRAFT202012.create_resource(_read(_built_in() / "_definitions.json"))
    # By the id in the file: with another name, each reference would search all definitions.
    registry: Registry[Any] = contents @ Registry()
    return registry


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
