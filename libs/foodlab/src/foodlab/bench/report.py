"""The result file of one run, as JSON, and its chart."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console

from foodchassis import now
from foodlab.bench.errors import MeasurementError
from foodlab.bench.machine import machine


@dataclass
class Report:
    """The context of one run: when it began, and on which machine."""

    taken_at: str = field(default_factory=lambda: now().isoformat(timespec="seconds"))
    machine: dict[str, object] = field(default_factory=machine)

    def write(self, file: Path, console: Console, found: Mapping[str, object], chart: str | None = None) -> None:
        """Write the results and a chart. Raises MeasurementError when that fails."""
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps({**asdict(self), **found}, indent=1, ensure_ascii=False) + "\n")
            if chart is not None:
                file.with_suffix(".svg").write_text(chart)
        except OSError as error:
            raise MeasurementError(f"the results cannot be written: {error}") from None
        console.print(f"every figure: {file}", highlight=False, soft_wrap=True)
