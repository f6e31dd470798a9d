"""Merges a spreadsheet with the current menu."""

from collections.abc import Collection, Sequence

from console_service.rules.sheet import Json, Sheet

KEPT = {"id", "description", "external_id", "tax_category", "allergens", "images", "option_groups"}
KEPT_OF_SECTION = {"id", "description", "weekly", "external_id"}
KEPT_OF_GROUP = {"id", "external_id", "min", "max"}
KEPT_OF_OPTION = {"id", "external_id", "price", "max_quantity"}


def whole_menu(sheet: Sheet, present: Json) -> Json:
    """Return the new menu: the dishes of the sheet, with fields without a column taken from the current menu."""
    known = iter(_meant(sheet.dishes, present["items"]))
    dishes = {
        name: [_dish(dish, next(known), sheet.fields) for dish in written] for name, written in sheet.sections.items()
    }
    without = dishes.pop("", [])
    sections = [{"name": name, "items": items} for name, items in dishes.items()]
    befores = _meant(sections, present["sections"])
    return {
        "items": without,
        "sections": [_of(before, KEPT_OF_SECTION) | section for section, before in zip(sections, befores, strict=True)],
    }


def _meant(wanted: Sequence[Json], present: Sequence[Json]) -> list[Json]:
    """Return for each of `wanted` the entry of `present` that menu-service would match, or {} for a new one.

    It matches by external id, otherwise by name unless the external ids differ.
    """
    external_ids = {one["external_id"] for one in wanted if one.get("external_id")}
    by_external_id = {one["external_id"]: one for one in present if one.get("external_id") in external_ids}
    by_name: dict[str, list[Json]] = {}
    for one in present:
        if one.get("external_id") not in external_ids:
            by_name.setdefault(one["name"].casefold(), []).append(one)
    return [by_external_id.pop(one.get("external_id"), {}) or _named(one, by_name) for one in wanted]


def _named(wanted: Json, present: dict[str, list[Json]]) -> Json:
    alike = present.get(wanted["name"].casefold(), [])
    for place, one in enumerate(alike):
        if not (wanted.get("external_id") and one.get("external_id")):
            return alike.pop(place)
    return {}


def _dish(dish: Json, before: Json, fields: Collection[str]) -> Json:
    whole = _of(before, KEPT - set(fields)) | dish
    if "option_groups" in dish:
        groups, known = dish["option_groups"], before.get("option_groups", [])
        whole["option_groups"] = [_group(*pair) for pair in zip(groups, _meant(groups, known), strict=True)]
    return whole


def _group(group: Json, before: Json) -> Json:
    """Return a group with the fields that have no column; without a maximum all its options may be chosen."""
    pairs = zip(group["options"], _meant(group["options"], before.get("options", [])), strict=True)
    options = [{"price": 0} | _of(known, KEPT_OF_OPTION) | option for option, known in pairs]
    most = sum(option.get("max_quantity", 1) for option in options)
    whole = {"min": 0} | _of(before, KEPT_OF_GROUP) | group | {"options": options}
    return whole | {"max": (group["max"] or most) if "max" in group else min(whole.get("max", most), most)}


def _of(before: Json, names: Collection[str]) -> Json:
    return {name: before[name] for name in names if name in before}
