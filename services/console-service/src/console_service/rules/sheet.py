"""A menu as a spreadsheet: one row per dish, and one more row for each further option of that dish."""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
YES, NO = {"yes", "true", "1", "x"}, {"no", "false", "0"}
AMOUNT = re.compile(r"([0-9]{1,13})(?:[.,]([0-9]+))?")
OPTION = ("group", "min", "max", "option", "option_price", "option_external_id", "max_quantity")
# Columns of a dish by field; a field without a column stays unchanged.
FIELDS = {
    **{name: name for name in ("description", "external_id", "available", "tax_category", "allergens")},
    "image_url": "images",
    "option": "option_groups",
}
COLUMNS = tuple(dict.fromkeys(("section", "name", "price", *FIELDS, "image_alt", *OPTION)))


class SheetError(ValueError):
    """A file is not a valid menu; the message names the line."""


@dataclass
class Sheet:
    """The dishes of a file by section, in order, and the fields of a dish that have columns."""

    fields: set[str]
    sections: dict[str, list[Json]] = field(default_factory=dict)

    @property
    def dishes(self) -> list[Json]:
        """All dishes."""
        return [dish for dishes in self.sections.values() for dish in dishes]


def read(text: str, minor_units: int) -> Sheet:
    """Return the menu that a CSV file describes; amounts have up to `minor_units` decimals.

    Commas or semicolons separate. Raises SheetError, which names the line.
    """
    first = text.partition("\n")[0]
    separator = ";" if first.count(";") > first.count(",") else ","
    rows = csv.DictReader(io.StringIO(text), delimiter=separator, restkey="")
    try:
        sheet = _sheet(rows, minor_units)
    except csv.Error as error:
        raise SheetError(f"line {rows.line_num + 1}: {error}") from None
    if not sheet.dishes:
        raise SheetError("there is no dish: a file without any would empty the menu")
    return sheet


def _sheet(rows: "csv.DictReader[str]", minor_units: int) -> Sheet:
    columns = [name.strip().lower() for name in rows.fieldnames or ()]
    rows.fieldnames = columns
    if wrong := sorted((Counter(columns) - Counter(COLUMNS)).keys() | {"name", "price"} - {*columns}):
        raise SheetError(f"the columns {', '.join(wrong)} are unknown, missing or repeated; use: {', '.join(COLUMNS)}")
    sheet = Sheet({FIELDS[name] for name in columns if name in FIELDS})
    section = ""
    for row in rows:
        beyond = row.pop("", ())
        line = _Line(rows.line_num, {name: (text or "").strip() for name, text in row.items()}, minor_units)
        if any(beyond):
            raise line.fault("has more cells than columns")
        section = line.text("section") or section
        if line.text("name"):
            sheet.sections.setdefault(section, []).append(_dish(line, sheet.fields))
        if line.text("option"):
            if not sheet.sections.get(section):
                raise line.fault("an option must be in the row of its dish or below it")
            _add_option(line, sheet.sections[section][-1])
        elif not line.text("name") and any(line.cells.values()):
            raise line.fault("there is neither a name nor an option")
    for dish in sheet.dishes:
        if "option_groups" in dish:
            dish["option_groups"] = [*dish["option_groups"].values()]
    return sheet


@dataclass(frozen=True)
class _Line:
    """One row: its cells by column, and its line number."""

    number: int
    cells: Mapping[str, str]
    minor_units: int

    def text(self, column: str) -> str:
        return self.cells.get(column, "")

    def fault(self, what: str) -> SheetError:
        return SheetError(f"line {self.number}: {what}")

    def number_in(self, column: str, default: int) -> int:
        try:
            return int(self.text(column) or default)
        except ValueError:
            raise self.fault(f"{column} is {self.text(column)!r} and should be a whole number") from None

    def yes(self, column: str) -> bool:
        word = self.text(column).lower() or "yes"
        if word not in YES | NO:
            raise self.fault(f"{column} is {word!r} and should be yes or no")
        return word in YES

    def amount(self, column: str) -> int:
        written = AMOUNT.fullmatch(self.text(column) or "0")
        if written is None:
            raise self.fault(f"{column} is {self.text(column)!r} and should be an amount, e.g. 11.50")
        whole, decimals = written.group(1), written.group(2) or ""
        if len(decimals) > self.minor_units:
            raise self.fault(f"{column} is {self.text(column)} and may have {self.minor_units} decimals")
        return int(whole + decimals.ljust(self.minor_units, "0"))


def _dish(line: _Line, fields: set[str]) -> Json:
    if not line.text("price"):
        raise line.fault(f"{line.text('name')} has no price")
    image = {"url": line.text("image_url"), "alt": line.text("image_alt") or line.text("name")}
    found: Json = {
        "description": line.text("description"),
        "external_id": line.text("external_id") or None,
        "available": line.yes("available"),
        "tax_category": line.text("tax_category") or "food",
        "allergens": line.text("allergens").lower().replace("|", " ").replace(";", " ").replace(",", " ").split(),
        "images": [image] if image["url"] else [],
        "option_groups": {},
    }
    said = {name: value for name, value in found.items() if name in fields}
    return {"name": line.text("name"), "price": line.amount("price"), **said}


def _add_option(line: _Line, dish: Json) -> None:
    """Add the option of a row, with the fields that have columns, to its named group or to the newest one."""
    groups: dict[str, Json] = dish["option_groups"]
    name = line.text("group") or next(reversed(groups), "")
    if not name:
        raise line.fault(f"the option {line.text('option')} has no group")
    if (group := groups.get(name)) is None:
        group = {"name": name, "options": []} | {bound: 0 for bound in ("min", "max") if bound in line.cells}
        groups[name] = group
    for bound in group.keys() & {"min", "max"}:
        group[bound] = line.number_in(bound, group[bound])
    found = {
        "option_price": ("price", line.amount("option_price")),
        "option_external_id": ("external_id", line.text("option_external_id") or None),
        "max_quantity": ("max_quantity", line.number_in("max_quantity", 1)),
    }
    said = dict(one for column, one in found.items() if column in line.cells)
    group["options"].append({"name": line.text("option"), **said})
