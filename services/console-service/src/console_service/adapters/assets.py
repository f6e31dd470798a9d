"""The files that pages use."""

import hashlib
from importlib.resources import files

KINDS = {"console.js": "text/javascript", "console.css": "text/css", "icon.svg": "image/svg+xml"}
FOLDER = files("console_service").joinpath("static")
CONTENT = {name: FOLDER.joinpath(name).read_bytes() for name in KINDS}
# Part of every address of an asset, so that a browser fetches a new one at once and an old one never again.
EDITION = hashlib.sha256(b"".join(CONTENT.values())).hexdigest()[:12]
