"""What services are given that are built to be looked at, and not started."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from foodchassis.testing import Issuer


@contextmanager
def own_keys() -> Iterator[None]:
    """Let user-service be built where no one has made signing keys."""
    before = os.environ.get("SIGNING_KEYS")
    os.environ["SIGNING_KEYS"] = json.dumps({"keys": [Issuer().key.as_dict(private=True)]})
    try:
        yield
    finally:
        if before is None:
            del os.environ["SIGNING_KEYS"]
        else:
            os.environ["SIGNING_KEYS"] = before
