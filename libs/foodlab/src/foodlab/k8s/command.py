"""`foodctl k8s --help`: checks the manifests, and deploys them to a local cluster."""

import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from foodctl.errors import FoodctlError

k8s = typer.Typer(no_args_is_help=True, help="Kubernetes: check the manifests without a cluster, or run them in one.")


@k8s.command()
def check(
    *,
    tools: Annotated[
        bool, typer.Option(help="Also run checkov, trivy, hadolint, shellcheck, zizmor and actionlint.")
    ] = True,
) -> None:
    """Check the manifests of both overlays, and the delivery files. Exits with 1 when there are findings."""
    from k8s_checks import checking, rendering  # noqa: PLC0415 - schemas are slow to import
    from k8s_checks import tools as others  # noqa: PLC0415 - as above

    console, began = Console(highlight=False, soft_wrap=True), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        running = others.start(Path(folder)) if tools else []
        findings = checking.of_both(*map(rendering.overlay, rendering.OVERLAYS))
        for finding in findings:
            console.print(f"✗ {finding}", style="red", markup=False)
        console.print(f"{'✗' if findings else '✓'} our own checks: {len(findings)} findings")
        failed = [tool for tool in running if not others.passed(tool, console)]
    console.print(f"in {time.monotonic() - began:.0f} s")
    if findings or failed:
        raise FoodctlError("The manifests are not ready to ship.")


@k8s.command()
def rules() -> None:
    """Write the PrometheusRule from deploy/observability/prometheus/rules."""
    from k8s_checks import rules as of_prometheus  # noqa: PLC0415 - as above

    of_prometheus.write()


@k8s.command()
def dev() -> None:
    """Load our images into k3d, kind or minikube, apply the overlay dev, and wait until an order can be sent."""
    from foodlab.k8s import cluster  # noqa: PLC0415 - as above

    cluster.deploy(Console(highlight=False, soft_wrap=True))
