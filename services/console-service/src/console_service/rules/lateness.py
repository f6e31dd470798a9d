"""When an order is late."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

AT_THE_RESTAURANT = frozenset({"placed", "paid", "assigned"})


def minutes_late(order: Mapping[str, Any], now: datetime) -> int:
    """Return by how many minutes the food is late in leaving the restaurant; 0 when it has left or is on time."""
    if order["status"] not in AT_THE_RESTAURANT or order["ready_at"] is None:
        return 0
    return max(0, int((now - datetime.fromisoformat(order["ready_at"])).total_seconds() // 60))
