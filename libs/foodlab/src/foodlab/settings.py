"""Settings for services that are built without being started."""

import os
from contextlib import AbstractContextManager
from unittest.mock import patch

from user_service.keys import new_keys


def own_keys() -> AbstractContextManager[object]:
    """Provide signing keys within a block, so that user-service can be built."""
    return patch.dict(os.environ, SIGNING_KEYS=new_keys())
