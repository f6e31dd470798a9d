"""What services are given that are built to be looked at, and not started."""

import os
from contextlib import AbstractContextManager
from unittest.mock import patch

from user_service.keys import new_keys


def own_keys() -> AbstractContextManager[object]:
    """Let user-service be built within a block where no one has made signing keys."""
    return patch.dict(os.environ, SIGNING_KEYS=new_keys())
