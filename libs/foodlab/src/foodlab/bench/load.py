"""The load generator, a process of its own: `python -m foodlab.bench.load`, with the load on standard input."""

import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from time import perf_counter, process_time
from typing import Any

import psutil

from foodlab.bench.connection import Connection
from foodlab.bench.errors import MeasurementError
from foodlab.bench.request import Request

_TIMEOUT = 20.0
_MOST = 1_000_000


@dataclass(frozen=True)
class Load:
    """Clients that send one request each at a time; with several requests, one client alternates between them.

    `warm` requests precede the measured ones; `watch` lists the processes whose CPU time is measured.
    """

    requests: tuple[Request, ...]
    clients: int = 1
    seconds: float = 10.0
    most: int = _MOST
    warm: int = 0
    watch: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, given: dict[str, Any]) -> "Load":
        """Read a load from its JSON."""
        requests = tuple(Request(**{**one, "tokens": tuple(one["tokens"])}) for one in given.pop("requests"))
        return cls(requests, **given)


@dataclass(frozen=True)
class Finding:
    """The result of a load: wall-clock and CPU seconds, and the latencies of each request."""

    answers: int
    warming: int
    seconds: float
    p50: tuple[float, ...]
    p99: tuple[float, ...]
    cpu: dict[str, float]
    generator_cpu: float

    @property
    def rate(self) -> float:
        """Return the responses per second."""
        return self.answers / self.seconds

    @property
    def sending(self) -> float:
        """Return the share of a core that sending used; near 1 it limits the throughput."""
        return self.generator_cpu / self.seconds


def crowd(connections: Sequence[Connection], most: int, seconds: float) -> list[list[float]]:
    """Keep one request in progress on every connection, and return all latencies."""
    latencies: list[float] = []
    left = most - len(connections)
    ends = perf_counter() + seconds
    with DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection, EVENT_READ, connection)
            connection.send()
        under_way = len(connections)
        while under_way:
            ready = selector.select(_TIMEOUT)
            if not ready:
                raise MeasurementError(f"no answer within {_TIMEOUT:.0f} s")
            for key, _ in ready:
                took = key.data.receive()
                if took is None:
                    continue
                latencies.append(took)
                if left > 0 and perf_counter() < ends:
                    left -= 1
                    key.data.send()
                else:
                    under_way -= 1
    return [latencies]


def turns(connections: Sequence[Connection], most: int, seconds: float) -> list[list[float]]:
    """Send requests on one connection after the other, and return the latencies of each."""
    latencies: list[list[float]] = [[] for _ in connections]
    ends = perf_counter() + seconds
    while len(latencies[0]) < most and perf_counter() < ends:
        for connection, times in zip(connections, latencies, strict=True):
            connection.send()
            while (took := connection.receive()) is None:
                pass
            times.append(took)
    return latencies


def measure(load: Load) -> Finding:
    """Connect, warm up, and measure."""
    with ExitStack() as stack:
        opened = [
            stack.enter_context(closing(Connection(request, client)))
            for request in load.requests
            for client in range(load.clients)
        ]
        run = turns if len(load.requests) > 1 else crowd
        warming = run(opened, load.warm, load.seconds)
        before = {name: cpu_seconds(pid) for name, pid in load.watch.items()}
        own, began = process_time(), perf_counter()
        latencies = run(opened, load.most, load.seconds)
        seconds, own = perf_counter() - began, process_time() - own
        cpu = {name: cpu_seconds(pid) - before[name] for name, pid in load.watch.items()}
    return Finding(
        answers=sum(map(len, latencies)),
        warming=sum(map(len, warming)),
        seconds=seconds,
        p50=tuple(at(0.50, one) for one in latencies),
        p99=tuple(at(0.99, one) for one in latencies),
        cpu=cpu,
        generator_cpu=own,
    )


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process, with nanosecond precision if the kernel provides it."""
    # Clock ticks of 10 ms are too coarse for rounds of a second; the scheduler counts nanoseconds.
    try:
        counted = [(thread / "schedstat").read_text() for thread in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        times = psutil.Process(pid).cpu_times()
        return float(times.user + times.system)
    return sum(int(text.split()[0]) for text in counted) / 1e9


def at(share: float, latencies: Sequence[float]) -> float:
    """Return the latency that this share of the requests did not exceed."""
    return sorted(latencies)[min(len(latencies) - 1, int(share * len(latencies)))]


def main() -> None:
    """Read a load from standard input, and write its result."""
    try:
        found = measure(Load.of(json.load(sys.stdin)))
    except (MeasurementError, OSError) as error:
        sys.exit(str(error))
    json.dump(asdict(found), sys.stdout)


if __name__ == "__main__":
    main()
