"""Static files of the pages."""

import hashlib
from importlib.resources import files

KINDS = {"console.js": "text/javascript", "console.css": "text/css", "icon.svg": "image/svg+xml"}
FOLDER = files("console_service").joinpath("static")
CONTENT = {name: FOLDER.joinpath(name).read_bytes() for name in KINDS}
# A digest in every asset URL, so that browsers can cache assets forever and load new ones immediately.
EDITION = hashlib.sha256(b"".join(CONTENT.values())).hexdigest()[:12]
