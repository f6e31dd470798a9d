"""A Kubernetes cluster that may be emptied, and the commands of docs/02-k8s-dev-deploy.md."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from devservers.ports import free_ports
from k8s_checks import rendering

SCRIPTS = rendering.FOLDER / "scripts"
CLIENT = (Path(__file__).parent / "client.py").read_text()
DEV = "foodapp-dev"
OUTSIDE = "ingress-nginx"
SERVICES = ("--selector", "component=server")
_PATH = f"{Path(rendering.kubectl()).parent}{os.pathsep}{os.environ['PATH']}"


def run(*argv: str, given: str | None = None, check: bool = True) -> str:
    done = subprocess.run(
        argv, input=given, env={**os.environ, "PATH": _PATH}, capture_output=True, text=True, check=False
    )
    assert not check or done.returncode == 0, f"{' '.join(argv)[:200]}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout + ("" if check else done.stderr)


def kubectl(*arguments: str, namespace: str = DEV, given: str | None = None, check: bool = True) -> str:
    return run("kubectl", "--namespace", namespace, *arguments, given=given, check=check)


def script(name: str, *arguments: str, given: str | None = None, check: bool = True) -> str:
    return run("sh", str(SCRIPTS / name), *arguments, given=given, check=check)


def asked(*arguments: str, namespace: str = DEV) -> Any:
    return json.loads(kubectl("get", *arguments, "--output", "json", namespace=namespace))


def ready(namespace: str = DEV) -> None:
    everything = ("--selector", "app.kubernetes.io/part-of=foodapp")
    kubectl("rollout", "status", "deployment", *everything, "--timeout", "10m", namespace=namespace)


def replicas(count: int, namespace: str = DEV) -> None:
    """Scale each service to at least `count` pods."""
    for scaler in asked("hpa", namespace=namespace)["items"]:
        name = scaler["metadata"]["name"]
        kubectl("patch", "hpa", name, "--patch", json.dumps({"spec": {"minReplicas": count}}), namespace=namespace)
        path = f"jsonpath={{.status.replicas}}={count}"
        kubectl("wait", "deployment", name, "--for", path, "--timeout", "5m", namespace=namespace)
    ready(namespace)


def restarts(namespace: str = DEV) -> dict[str, int]:
    pods = asked("pods", *SERVICES, namespace=namespace)["items"]
    return {one["metadata"]["name"]: one["status"]["containerStatuses"][0]["restartCount"] for one in pods}


@contextmanager
def forwarded(service: str, port: int, here: int | None = None, namespace: str = DEV) -> Iterator[int]:
    """Forward a port of a Service to this machine, as documented."""
    here = here or free_ports(1)[0]
    argv = ["kubectl", "--namespace", namespace, "port-forward", f"svc/{service}", f"{here}:{port}"]
    environment = {**os.environ, "PATH": _PATH}
    with subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert re.search(rf":{here} ->", process.stdout.readline())
            yield here
        finally:
            process.terminate()


class Client:
    """A pod in the Ingress controller's namespace that sends requests at a steady rate."""

    def __init__(self, per_second: float, seconds: float, namespace: str = DEV) -> None:
        self.per_second, self.seconds, self.namespace = per_second, seconds, namespace

    def __enter__(self) -> Self:
        kubectl("delete", "pod", "client", "--ignore-not-found", namespace=OUTSIDE)
        url = f"http://api-gateway.{self.namespace}"
        program = ("python", "-c", CLIENT, url, str(self.per_second), str(self.seconds))
        deployed = asked("deployment", "api-gateway", namespace=self.namespace)["spec"]["template"]["spec"]
        image = f"--image={deployed['containers'][0]['image']}"
        kubectl("run", "client", image, "--restart=Never", "--command", "--", *program, namespace=OUTSIDE)
        kubectl("wait", "pod", "client", "--for=condition=Ready", "--timeout=1m", namespace=OUTSIDE)
        while "ready" not in kubectl("logs", "client", namespace=OUTSIDE):
            # The call itself takes some time.
            continue
        return self

    def __exit__(self, *_: object) -> None:
        kubectl("delete", "pod", "client", "--wait=false", namespace=OUTSIDE)

    def sending(self) -> bool:
        phase: str = asked("pod", "client", namespace=OUTSIDE)["status"]["phase"]
        return phase == "Running"

    def ends(self) -> dict[str, int]:
        """Wait for the last request, and return the number of requests per result."""
        limit = f"--timeout={self.seconds + 300:.0f}s"
        kubectl("wait", "pod", "client", "--for=jsonpath={.status.phase}=Succeeded", limit, namespace=OUTSIDE)
        found: dict[str, int] = json.loads(kubectl("logs", "client", namespace=OUTSIDE).splitlines()[-1])
        return found
