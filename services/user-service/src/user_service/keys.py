"""Makes the keys that sign: `python -m user_service.keys FILE` writes SIGNING_KEYS there, unless the file is there."""

import argparse
import json
import os
from pathlib import Path

from joserfc.jwk import KeySet, OKPKey


def new_keys() -> str:
    """Return a new private JWKS of one Ed25519 key."""
    key = OKPKey.generate_key("Ed25519", parameters={"alg": "Ed25519", "use": "sig"}, auto_kid=True)
    return json.dumps(KeySet([key]).as_dict(private=True))


def ensure(path: Path) -> None:
    """Have keys in a file that only its owner may read; what is there stays."""
    if path.exists():
        return
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(new_keys())
    draft.replace(path)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m user_service.keys", description=__doc__)
    parser.add_argument("file", type=Path, help="where the keys are to be")
    ensure(parser.parse_args().file)


if __name__ == "__main__":
    main()
