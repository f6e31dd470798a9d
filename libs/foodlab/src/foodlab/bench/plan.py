"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Rounds, and what each of them lasts."""

    rounds: int
    proxying: float
    turns: int
    storing: int
    warm: int
    crowd: int = 32
    clients: int = 8


FULL = Plan(rounds=5, proxying=2.5, turns=1_000, storing=4, warm=300)
QUICK = Plan(rounds=3, proxying=0.6, turns=200, storing=1, warm=100)
