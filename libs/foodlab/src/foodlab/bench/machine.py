"""The description of the machine in a report."""

import os
import platform
from pathlib import Path

import psutil


def machine() -> dict[str, object]:
    """Describe this machine and how busy it is."""
    return {
        "cores": len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity") else os.cpu_count(),
        "processor": _processor(),
        "memory_mb": psutil.virtual_memory().total // 2**20,
        "load_before": os.getloadavg()[0],
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def tree_cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process and its descendants."""
    root = psutil.Process(pid)
    return sum(map(_seconds, [root, *root.children(recursive=True)]))


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
