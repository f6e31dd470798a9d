"""The demo city as bodies for the API: restaurants and their menus, drivers and customers."""

import json
from importlib.resources import files
from typing import Any

PASSWORD = "demo-password"  # noqa: S105 - the public password of the demo city's accounts

_CITY: dict[str, Any] = json.loads(files("foodlab").joinpath("city.json").read_text("utf-8"))
RESTAURANTS: list[dict[str, Any]] = _CITY["restaurants"]
DRIVERS: list[dict[str, Any]] = _CITY["drivers"]
CUSTOMERS: list[dict[str, Any]] = _CITY["customers"]
ADMIN: dict[str, str] = _CITY["admin"]
