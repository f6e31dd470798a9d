"""When an order is late."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

AT_THE_RESTAURANT = frozenset({"placed", "paid", "assigned"})


def minutes_late(order: Mapping[str, Any], now: datetime) -> int:
    """Return how many minutes ago the food should have left the restaurant; 0 when it has, or is still in time."""
    if order["status"] not in AT_THE_RESTAURANT or order["ready_at"] is None:
        return 0
    return max(0, int((now - datetime.fromisoformat(order["ready_at"])).total_seconds() // 60))
