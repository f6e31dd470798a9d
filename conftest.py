"""Every process of the suite uses the bytecode that an earlier one compiled."""

import os
import sys

# Images of containers often set this. The suite starts hundreds of interpreters, and each would compile all packages.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
