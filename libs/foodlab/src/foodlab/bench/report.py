"""The result of one run, for programs: a JSON file."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from foodchassis import now
from foodlab.bench.errors import MeasurementError
from foodlab.bench.machine import machine
from foodlab.bench.measurement import Row, chart
from foodlab.bench.plan import Plan
from foodlab.bench.rounds import Round
from foodlab.bench.rows import rows


@dataclass
class Report:
    """The rounds of one run and what they say."""

    plan: Plan
    taken_at: str = field(default_factory=lambda: now().isoformat(timespec="seconds"))
    machine: dict[str, object] = field(default_factory=machine)
    rounds: list[Round] = field(default_factory=list)

    @property
    def rows(self) -> Sequence[Row]:
        """Return the figures beside their references."""
        return rows(self.rounds)

    @property
    def sending(self) -> float:
        """Return the most of a core that sending orders took in any round."""
        return max(one.sending for one in self.rounds)

    def write(self, file: Path) -> None:
        """Write everything, down to each round, and a chart."""
        content = {
            "taken_at": self.taken_at,
            "machine": self.machine,
            "plan": asdict(self.plan),
            "rows": [row.as_json() for row in self.rows],
            "sending": self.sending,
            "rounds": [asdict(one) for one in self.rounds],
        }
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
            file.with_suffix(".svg").write_text(chart("measured beside its reference, median ratio", self.rows))
        except OSError as error:
            raise MeasurementError(f"the results cannot be written: {error}") from None
