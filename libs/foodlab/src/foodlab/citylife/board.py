"""The display of a city: a status line while it runs, and tables at the end."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from foodlab.citylife.clock import MINUTE, shown
from foodlab.citylife.world import World

ENDS = ("delivered", "cancelled", "no courier", "rejected", "payment_failed", "undeliverable")


def line(world: World) -> str:
    """Return the status line of the city."""
    stories, plan = world.stories, world.plan
    riding = sum(one.riding for one in stories.open.values())
    ended = ", ".join(f"{stories.ends[end]} {end.replace('_', ' ')}" for end in ENDS if stories.ends[end])
    turned = sum(stories.turned_away.values())
    parts = [
        f"{shown(world.clock.now)} in the city",
        f"{len(world.on_the_road)} of {plan.drivers} couriers on the road, {riding} with an order",
        f"{len(stories.open)} orders open",
        ended or "none has ended",
        *([f"{turned} refused"] if turned else []),
        *([f"{len(world.surprises)} surprises"] if world.surprises else []),
    ]
    return " · ".join(parts)


def at(share: float, waits: Sequence[float]) -> float:
    """Return the value below which this share of the sorted values lies."""
    return waits[min(len(waits) - 1, int(share * len(waits)))]


def show(world: World, memory: Mapping[str, tuple[float, float]], console: Console) -> None:
    """Print the orders by their ends, how long they took, and the memory of the services."""
    stories = world.stories
    ends = Table("orders", "", title="how they ended")
    for name, count in [*((end, stories.ends[end]) for end in ENDS), ("still open", len(stories.open))]:
        ends.add_row(name.replace("_", " "), str(count))
    for name, count in stories.turned_away.items():
        ends.add_row(f"refused: {name}", str(count))
    times = Table("since the order", "of", "median", "95 %", title="minutes of the city")
    for name, waits in stories.waits.items():
        minutes = sorted(wait * world.clock.speed / MINUTE for wait in waits)
        figures = [f"{at(share, minutes):.1f}" for share in (0.5, 0.95)] if minutes else ["", ""]
        times.add_row(name, str(len(minutes)), *figures)
    console.print(ends, times, highlight=False)
    if memory:
        sizes = Table("memory in MB", "begin", "end")
        for name, (begin, end) in memory.items():
            sizes.add_row(name, f"{begin:.0f}", f"{end:.0f}")
        console.print(sizes, highlight=False)
    for problem in problems(world):
        console.print(problem, style="red", highlight=False, markup=False, soft_wrap=True)


def problems(world: World) -> list[str]:
    """Return a line for each problem."""
    left = [f"order {order_id} is still {story.status}" for order_id, story in world.stories.open.items()]
    return [*world.stories.wrong, *left[:20], *(f"answer: {one}" for one in world.surprises)]
