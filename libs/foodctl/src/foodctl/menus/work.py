"""Replaces a restaurant's menu by a spreadsheet, through the gateway."""

from collections import Counter

from rich.console import Console

from console_service.rules.sheet import SheetError, read
from console_service.rules.whole_menu import whole_menu
from foodctl.api import Api, Json
from foodctl.errors import FoodctlError

MARKS = {"added": "+", "changed": "~", "removed": "-"}


async def replace(owner: Api, path: str, text: str, *, dry_run: bool) -> Json:
    """Replace the menu of the restaurant at `path` by the dishes of a CSV text, and return the changes."""
    units = (await owner.call("GET", path))["minor_units"]
    present = await owner.ask("GET", f"{path}/menu")
    try:
        body = whole_menu(read(text, units), present.json())
    except SheetError as error:
        raise FoodctlError(str(error)) from None
    unchanged = {"If-Match": present.headers["ETag"]}
    return await owner.call("PUT", f"{path}/menu", body, params={"dry_run": str(dry_run).lower()}, headers=unchanged)


def show(diff: Json, console: Console) -> None:
    """Print the changes of a menu, one per line."""
    for kind, mark in MARKS.items():
        for one in diff[kind]:
            fields = f": {', '.join(one['fields'])}" if one["fields"] else ""
            console.print(f"{mark} {one['kind']} {one['name']}{fields}", markup=False)
    found = Counter({kind: len(diff[kind]) for kind in MARKS}) | {"unchanged": diff["unchanged"]}
    counted = ", ".join(f"{found[kind]} {kind}" for kind in (*MARKS, "unchanged"))
    console.print(f"{counted}{'; nothing was stored' if diff['dry_run'] else ''}")
