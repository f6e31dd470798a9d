"""Prepares a virtual environment for an image: compiles every module, and removes all build times.

`finish.py VENV` does this in place. `--into PLACE` also copies the result below PLACE, without the files of the
environment `--beyond BASE`, and further named files beside it. `--serving SERVICE` adds the module `service`, which
starts that service.
"""

import argparse
import filecmp
import os
import py_compile
import shutil
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib.util import cache_from_source
from pathlib import Path

# An arbitrary time, the same in every build.
MOMENT = 1_577_836_800


def main() -> None:
    """Prepare the environment that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("venv", type=Path)
    parser.add_argument("--beyond", type=Path)
    parser.add_argument("--into", type=Path)
    parser.add_argument("--serving", metavar="SERVICE")
    parser.add_argument("more", nargs="*", type=Path)
    options = parser.parse_args()
    forget(options.venv)
    bytecode(options.venv)
    if options.into:
        for path in beyond(options.venv, options.beyond):
            copy(path, options.into / path.relative_to("/"))
        home = options.into / options.venv.parent.relative_to("/")
        for path in options.more:
            copy(path, home / path.name)
        if options.serving:
            # The same name in every image, so that the same command starts every service.
            (home / "service.py").write_text(serving(options.serving.replace("-", "_"), options.venv))
        settle(options.into)


def serving(package: str, venv: Path) -> str:
    """Return the source of the module that uvicorn loads: the service, and its protocol or that of the chassis."""
    own = next(venv.glob(f"lib/*/site-packages/{package}/server.py"), None)
    protocol = f"{package}.server" if own else "foodchassis.web"
    return f"from {protocol} import HttpProtocol\nfrom {package}.main import create_app\n"


def forget(venv: Path) -> None:
    """Delete the installer's records of the sources' times."""
    for note in venv.rglob("*.dist-info/uv_cache.json"):
        record = note.with_name("RECORD")
        lines = record.read_text().splitlines(keepends=True)
        record.write_text("".join(line for line in lines if note.name not in line))
        note.unlink()


def bytecode(venv: Path) -> None:
    """Compile all uncompiled modules; the bytecode does not depend on the time of the source."""
    sources = [path for path in (venv / "lib").rglob("*.py") if not _bytecode_of(path).exists()]
    with ProcessPoolExecutor() as pool:
        list(pool.map(_compile, sources, chunksize=50))


def settle(folder: Path) -> None:
    """Set the same time on every file."""
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (MOMENT, MOMENT), follow_symlinks=False)


def beyond(venv: Path, known: Path | None) -> Iterator[Path]:
    """Yield the files that are missing in `known` or differ from it."""
    for path in venv.rglob("*"):
        twin = known / path.relative_to(venv) if known else None
        if path.is_symlink():
            if twin is None or not twin.is_symlink():
                yield path
        elif path.is_file() and not (twin and twin.is_file() and filecmp.cmp(path, twin, shallow=False)):
            yield path


def copy(path: Path, target: Path) -> None:
    """Copy one file or link, with the folders above it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, target, follow_symlinks=False)


def _bytecode_of(source: Path) -> Path:
    return Path(cache_from_source(str(source)))


def _compile(source: Path) -> None:
    """Compile a module; skip it if its syntax is not valid in this version of Python."""
    try:
        py_compile.compile(str(source), doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    except py_compile.PyCompileError:
        return


if __name__ == "__main__":
    main()
