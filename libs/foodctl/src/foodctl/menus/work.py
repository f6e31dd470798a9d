"""Makes a spreadsheet the menu of a restaurant, through the gateway."""

from collections import Counter

from rich.console import Console

from foodctl.api import Api, Json
from foodctl.menus.sheet import Sheet, read

MARKS = {"added": "+", "changed": "~", "removed": "-"}
KEPT = {"description", "external_id", "available", "tax_category", "allergens", "images", "option_groups"}
KEPT_OF_SECTION = {"id", "description", "weekly", "external_id"}


async def replace(owner: Api, path: str, text: str, *, dry_run: bool) -> Json:
    """Make the dishes of a CSV text the menu of the restaurant at `path`, and return what that changes."""
    units = (await owner.call("GET", path))["minor_units"]
    body = whole_menu(read(text, units), await owner.call("GET", f"{path}/menu"))
    return await owner.call("PUT", f"{path}/menu", body, params={"dry_run": str(dry_run).lower()})


def whole_menu(sheet: Sheet, present: Json) -> Json:
    """Return the menu to write: that of the sheet, with what it does not say taken from the present one."""
    known = {one["name"].casefold(): one for one in present["items"]}
    known |= {one["external_id"]: one for one in present["items"] if one.get("external_id")}
    sections = {one["name"].casefold(): one for one in present["sections"]}

    def complete(dish: Json) -> Json:
        before = known.get(dish.get("external_id") or "") or known.get(dish["name"].casefold()) or {}
        return {name: before[name] for name in (KEPT - sheet.fields) & before.keys()} | dish

    def section(name: str, dishes: list[Json]) -> Json:
        before = sections.get(name.casefold(), {})
        kept = {key: before[key] for key in KEPT_OF_SECTION & before.keys()}
        return kept | {"name": name, "items": [complete(dish) for dish in dishes]}

    return {
        "items": [complete(dish) for dish in sheet.sections.get("", [])],
        "sections": [section(name, dishes) for name, dishes in sheet.sections.items() if name],
    }


def show(diff: Json, console: Console) -> None:
    """Print what a menu changes, a line for each thing."""
    for kind, mark in MARKS.items():
        for one in diff[kind]:
            fields = f": {', '.join(one['fields'])}" if one["fields"] else ""
            console.print(f"{mark} {one['kind']} {one['name']}{fields}", markup=False)
    found = Counter({kind: len(diff[kind]) for kind in MARKS}) | {"unchanged": diff["unchanged"]}
    counted = ", ".join(f"{found[kind]} {kind}" for kind in (*MARKS, "unchanged"))
    console.print(f"{counted}{'; nothing was stored' if diff['dry_run'] else ''}")
