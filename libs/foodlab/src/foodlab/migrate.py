"""Migrate several databases in one process: `python -m foodlab.migrate`, with their URLs on standard input."""

import json
import sys

from foodchassis.storage.migrations import upgrade


def main() -> None:
    """Read a JSON object of packages and URLs, and migrate each database."""
    for package, url in json.load(sys.stdin).items():
        upgrade(package, url)


if __name__ == "__main__":
    main()
