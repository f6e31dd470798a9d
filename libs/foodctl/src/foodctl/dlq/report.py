"""Dead letters as a person reads them."""

from collections import defaultdict
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from foodctl.dlq.letter import Letter, pretty, printable

_SHOWN = 3


def table(letters: Iterable[Letter], console: Console) -> None:
    """Print how many letters each service has, by queue and reason, with the ids to ask for."""
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for letter in letters:
        groups[letter.service, printable(letter.queue or "?"), letter.kind].append(printable(letter.short))
    if not groups:
        console.print("no dead letters")
        return
    grid = Table("service", "queue", "letters", "reason", "ids", box=None, pad_edge=False)
    grid.columns[2].justify = "right"
    grid.columns[3].overflow = "fold"
    for (service, queue, kind), ids in sorted(groups.items(), key=lambda group: (group[0][0], -len(group[1]))):
        more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
        grid.add_row(service, queue.removeprefix(f"{service}."), str(len(ids)), kind, " ".join(ids[:_SHOWN]) + more)
    console.print(grid, highlight=False, markup=False)
    console.print(f"{sum(map(len, groups.values()))} dead letters", highlight=False)


def whole(letter: Letter, body: bytes, console: Console) -> None:
    """Print one letter with all that it says, personal data and all: its reader is the operator."""
    lines = {
        "id": letter.id,
        "service": letter.service,
        "queue": letter.queue or "?",
        "reason": letter.reason,
        "tries": str(letter.attempts),
        **{name: str(value) for name, value in letter.fresh_headers.items()},
    }
    for name, value in lines.items():
        console.print(f"{printable(name):12}{printable(value)}", highlight=False, markup=False, soft_wrap=True)
    console.print(pretty(body), highlight=False, markup=False, soft_wrap=True)
