"""The differences between the current and a planned menu."""

from collections.abc import Sequence
from typing import Any

from menu_service.rules.whole_menu import Plan, Section
from menu_service.schemas import MenuChange, MenuDiff


def difference(planned: Plan, sections: Sequence[Section], *, dry_run: bool) -> MenuDiff:
    """Return the changes of a plan to a menu with these sections; in a dry run new objects have no id."""
    diff = MenuDiff(dry_run=dry_run, added=[], changed=[], removed=[], unchanged=0)
    before = {section["id"]: {**section, "position": place} for place, section in enumerate(sections)}
    for place, section in enumerate(planned.sections):
        after = {**section, "position": place}
        was = before.pop(section["id"], None)
        if was is None:
            diff.added.append(_change("section", None if dry_run else section["id"], section))
        elif fields := [name for name in after if after[name] != was.get(name)]:
            diff.changed.append(_change("section", section["id"], section, fields))
    diff.removed.extend(_change("section", known, section) for known, section in before.items())
    for dish in planned.dishes:
        if dish.row is None:
            diff.added.append(_change("dish", None if dry_run else dish.id, dish.values))
        elif dish.fields:
            diff.changed.append(_change("dish", dish.id, dish.values, dish.fields))
        else:
            diff.unchanged += 1
    diff.removed.extend(_change("dish", row.id, dict(row)) for row in planned.removed)
    return diff


def _change(kind: Any, known: Any, thing: dict[str, Any], fields: Sequence[str] = ()) -> MenuChange:
    return MenuChange(kind=kind, id=known, name=thing["name"], external_id=thing.get("external_id"), fields=[*fields])
