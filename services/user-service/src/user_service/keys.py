"""Creates and rotates signing keys: `python -m user_service.keys FILE` writes SIGNING_KEYS there, unless it exists.

A rotation takes three steps, each a function from one private JWKS document to the next; between two steps, wait
until every verifier has fetched the keys again. The first key signs; all are published.
"""

import argparse
import json
import os
from pathlib import Path

from joserfc.jwk import ECKey, KeySet

from user_service.adapters.signing import algorithm


class RotationError(ValueError):
    """The keys are not in the state that a step of the rotation needs."""


def new_keys() -> str:
    """Return a new private JWKS document of one key."""
    return _document([_new_key()])


def publish(document: str) -> str:
    """Return the keys with a new one, which is published and does not sign yet."""
    keys = _keys(document)
    if len(keys) > 1:
        raise RotationError("A rotation is under way: there are two keys; go on with `sign` or `retire`.")
    return _document([*keys, _new_key()])


def sign(document: str) -> str:
    """Return the keys with the newest one first: it signs from now on."""
    keys = _keys(document)
    if len(keys) == 1:
        raise RotationError("There is one key; `publish` a new one first.")
    return _document([keys[-1], *keys[:-1]])


def retire(document: str) -> str:
    """Return only the key that signs: tokens of the other keys are refused from now on."""
    return _document(_keys(document)[:1])


def described(document: str) -> list[tuple[str, str, str]]:
    """Return the id, algorithm and use of each key."""
    return [(str(k.kid), algorithm(k), "published" if n else "signs") for n, k in enumerate(_keys(document))]


def ensure(path: Path) -> None:
    """Write new keys to a file that only its owner may read, unless it exists."""
    if not path.exists():
        write(path, new_keys())


def write(path: Path, document: str) -> None:
    """Replace a file that only its owner may read, in one step."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(document)
    draft.replace(path)


def _new_key() -> ECKey:
    return ECKey.generate_key("P-256", parameters={"alg": "ES256", "use": "sig"}, auto_kid=True)


def _keys(document: str) -> list[ECKey]:
    keys: list[ECKey] = list(KeySet.import_key_set(json.loads(document)).keys)  # type: ignore[arg-type]
    return keys


def _document(keys: list[ECKey]) -> str:
    return json.dumps(KeySet(keys).as_dict(private=True))  # type: ignore[arg-type]


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m user_service.keys", description=__doc__)
    parser.add_argument("file", type=Path, help="where the keys are written")
    ensure(parser.parse_args().file)


if __name__ == "__main__":
    main()
