"""Prometheus as a private process, with promtool."""

from pathlib import Path
from shutil import which

from devservers import programs
from devservers.spawning import Program
from devservers.steps import Say


def find_prometheus(say: Say) -> tuple[Path, Path]:
    """Find `prometheus` and `promtool` on this machine, or install them if permitted."""
    return programs.required("prometheus", _find, say)


def prometheus_program(server: Path, configuration: Path, folder: Path, port: int) -> Program:
    """Return the server program, with a configuration, a data folder, and exemplars enabled."""
    argv = (
        str(server),
        f"--config.file={configuration}",
        f"--storage.tsdb.path={folder}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--enable-feature=exemplar-storage",
    )
    return Program("prometheus", argv, folder, port=port)


def _find() -> tuple[Path, Path] | None:
    server, tool = which("prometheus"), which("promtool")
    return (Path(server), Path(tool)) if server and tool else None
