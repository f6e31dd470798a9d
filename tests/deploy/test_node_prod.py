"""The production overlay in a cluster: accepted unchanged, and delivering orders with replaced servers and vault."""

import base64
import shutil
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest
import yaml
from deploy.manifests import production
from deploy.node import OUTSIDE, Client, asked, forwarded, kubectl, run, script

from k8s_checks import rendering
from k8s_checks.architecture import ALL, BACKENDS, REDIS_CLIENTS

pytestmark = [pytest.mark.node, pytest.mark.timeout(1800), pytest.mark.xdist_group("node")]

PROD = "foodapp-prod"
# One server of each kind in the cluster instead of managed ones; images by tag instead of a registry.
SERVERS = ("postgres", "redis", "rabbitmq")
PASSWORD = token_hex()
# Those inside the cluster have no TLS.
PLAIN_TEXT = ", ".join(f'"plain-text-{name}"' for name in ("services", "database", "rabbitmq", "redis"))
SMALL = """
- {op: replace, path: /spec/template/spec/containers/0/resources/requests/cpu, value: 40m}
"""
FEW = """
- {op: replace, path: /spec/minReplicas, value: 2}
- {op: replace, path: /spec/maxReplicas, value: 2}
"""


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a production overlay with replacements for the parts that this cluster cannot run."""
    folder = tmp_path_factory.mktemp("prod")
    for name in ("k8s", "observability"):
        shutil.copytree(rendering.FOLDER.parent / name, folder / name)
    for name in SERVERS:
        for file in (folder / "k8s/components" / name).iterdir():
            file.write_text(file.read_text().replace("dev-only", PASSWORD))
    prod = folder / "k8s/overlays/prod/kustomization.yaml"
    chosen = yaml.safe_load(prod.read_text().replace('"plain-text-services"', PLAIN_TEXT))
    chosen["components"].remove("images")
    place = chosen["components"].index("../../components/external-servers")
    chosen["components"][place : place + 1] = [f"../../components/{name}" for name in SERVERS]
    chosen["patches"] += [
        {"target": {"kind": "Deployment", "labelSelector": "component=server"}, "patch": SMALL},
        {"target": {"kind": "HorizontalPodAutoscaler"}, "patch": FEW},
    ]
    prod.write_text(yaml.safe_dump(chosen))
    file = folder / "prod.yaml"
    file.write_text(rendering.text_of(prod.parent))
    return file


@pytest.fixture(scope="module", autouse=True)
def room() -> Iterator[None]:
    kubectl("delete", "namespace", PROD, "foodapp-dev", "--ignore-not-found", "--timeout=5m")
    if not kubectl("get", "namespace", OUTSIDE, "--ignore-not-found"):
        kubectl("create", "namespace", OUTSIDE)
    yield
    kubectl("delete", "namespace", PROD, "--ignore-not-found", "--wait=false")


def vault() -> str:
    """Create the Secrets that External Secrets would fetch."""
    urls = {
        name: {
            "DATABASE_URL": f"postgresql://{(user := name.replace('-', '_'))}:{PASSWORD}@postgres/{user}",
            "RABBITMQ_URL": f"amqp://{user}:{PASSWORD}@rabbitmq/",
        }
        for name in BACKENDS
    }
    for name in REDIS_CLIENTS:
        urls.setdefault(name, {})["REDIS_URL"] = f"redis://{name.replace('-', '_')}:{PASSWORD}@redis/0"
    urls["foodctl"] = {"RABBITMQ_URL": f"amqp://foodapp:{PASSWORD}@rabbitmq/"}
    urls["signing-keys"] = {"SIGNING_KEYS": run("uv", "run", "foodctl", "keys", "new").strip()}
    secrets = [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": PROD},
            "data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()},
        }
        for name, values in urls.items()
    ]
    return yaml.safe_dump_all(secrets)


@pytest.mark.parametrize("way", ["gateway-api", "ingress"])
def test_the_api_server_accepts_the_production_overlay(way: str, tmp_path: Path) -> None:
    text = production(tmp_path, way)

    said = run("kubectl", "apply", "--server-side", "--filename=-", given=text)

    assert len(said.splitlines()) == len([one for one in yaml.safe_load_all(text) if one])
    found = {kind: asked(kind, namespace=PROD)["items"] for kind in ("certificate", "gateway", "httproute", "ingress")}
    assert [one["spec"]["secretName"] for one in found["certificate"]] == ["public-certificate"]
    if way == "ingress":
        [ingress] = found["ingress"]
        assert ingress["spec"]["ingressClassName"] == "nginx"
        assert ingress["spec"]["tls"][0]["secretName"] == "public-certificate"
    else:
        assert found["ingress"] == []
        assert len(found["gateway"]) == 1
        assert found["httproute"]


def test_production_with_stand_ins_delivers_orders_and_violates_no_invariant(stand_ins: Path) -> None:
    kubectl("delete", "namespace", PROD, "--ignore-not-found", "--timeout=5m")
    kubectl("create", "namespace", PROD)
    kubectl("apply", "--filename=-", namespace=PROD, given=vault())

    script("roll-out.sh", PROD, str(stand_ins))

    email, password = "root@example.com", token_hex()
    script("foodctl.sh", "-i", PROD, "admin", email, "--name", "Root", given=password)
    known = {"FOODAPP_ADMIN_EMAIL": email, "FOODAPP_ADMIN_PASSWORD": password}
    with forwarded("api-gateway", 80, namespace=PROD) as port, pytest.MonkeyPatch.context() as environment:
        for name, value in known.items():
            environment.setenv(name, value)
        assert "was delivered and paid" in run("uv", "run", "foodctl", "smoke", f"http://localhost:{port}")
    assert "all invariants hold" in script("foodctl.sh", PROD, "verify")
    pods = asked("pods", "--selector=component=server", namespace=PROD)["items"]
    assert {one["status"]["containerStatuses"][0]["ready"] for one in pods} == {True}
    assert len(pods) == 2 * len(ALL)


def test_only_the_ingress_controllers_namespace_reaches_the_gateway() -> None:
    with Client(10, 10, namespace=PROD) as client:
        assert client.ends() == {"ok": 100}
    kubectl("run", "stranger", "--image=ghcr.io/foodapp/api-gateway:dev", "--restart=Never", "--command", "--",
            "python", "-c", STRANGER, namespace="default")  # fmt: skip
    try:
        phase = "--for=jsonpath={.status.phase}=Succeeded"
        kubectl("wait", "pod", "stranger", phase, "--timeout=2m", namespace="default")
        assert kubectl("logs", "stranger", namespace="default").strip() == "closed"
    finally:
        kubectl("delete", "pod", "stranger", namespace="default")


# Six tries, because network policies apply to a new pod after a delay.
STRANGER = """
import socket, time
found = set()
for _ in range(6):
    try:
        socket.create_connection(("api-gateway.foodapp-prod", 80), timeout=3).close()
        found.add("open")
    except OSError:
        found.add("closed")
    time.sleep(1)
print(*found)
"""
