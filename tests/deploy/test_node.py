"""The manifests in a real cluster: `just test -m node -n 0 tests/deploy/test_node.py`.

The cluster is the one KUBECONFIG names, of one node with two processors, with all images loaded and network policies
enforced; its namespace foodapp-dev is deleted first.
"""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from deploy.node import DEV, OUTSIDE, Client, asked, forwarded, kubectl, ready, replicas, restarts, run, script

from devservers.ports import free_ports
from foodctl.api import gateway
from foodctl.visitors import Visitors
from k8s_checks import rendering
from k8s_checks.architecture import ALL, BACKENDS, REDIS_CLIENTS, edges

pytestmark = [pytest.mark.node, pytest.mark.timeout(1800), pytest.mark.xdist_group("node")]

# Runs in a pod of a service: can it connect to each address?
REACH = """
import socket, sys
for place in sys.argv[1:]:
    host, port = place.split(":")
    try:
        socket.create_connection((host, int(port)), timeout=3).close()
        print(place, "open")
    except OSError:
        print(place, "closed")
"""
# Asked in a pod of a service, of its own Redis: may it read the keys and events of another?
TRESPASS = """
import pathlib, redis
server = redis.Redis.from_url(pathlib.Path("/etc/foodapp/secrets/REDIS_URL").read_text())
for command in (("GET", "limit:any"), ("PUBLISH", "drivers", "any"), ("FLUSHALL",), ("PING",)):
    try:
        print(command[0], server.execute_command(*command))
    except redis.exceptions.NoPermissionError:
        print(command[0], "refused")
"""
# Asked in a pod of the Ingress controller's namespace.
READ = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())"
SERVERS = ("postgres:5432", "rabbitmq:5672", "redis:6379", "grafana:3000")
PLACES = (*SERVERS, *(f"{name}:80" for name in ALL))
LOST = "DROP TABLE orders CASCADE"
IN_FLIGHT = 3


@pytest.fixture(scope="module", autouse=True)
def started() -> Iterator[None]:
    """Apply the overlay with the documented command to an empty cluster."""
    kubectl("delete", "namespace", DEV, "--ignore-not-found", "--timeout=5m")
    if not kubectl("get", "namespace", OUTSIDE, "--ignore-not-found"):
        kubectl("create", "namespace", OUTSIDE)
    run("kubectl", "apply", "--filename=-", given=rendering.text_of(rendering.FOLDER / "overlays/dev"))
    ready()
    yield
    kubectl("delete", "namespace", DEV, "--wait=false")


def smoke() -> str:
    with forwarded("api-gateway", 80) as port:
        return run("uv", "run", "foodctl", "smoke", f"http://localhost:{port}")


def verified() -> str:
    """Run the hourly Job of the invariants now."""
    kubectl("delete", "job", "verify-now", "--ignore-not-found")
    kubectl("create", "job", "verify-now", "--from=cronjob/verify")
    kubectl("wait", "job/verify-now", "--for=condition=Complete", "--timeout=5m")
    return kubectl("logs", "job/verify-now")


def sql(database: str, statement: str) -> str:
    return kubectl("exec", "postgres-0", "--", "psql", "-U", "postgres", "-Atc", statement, database).strip()


def test_the_documented_command_leads_to_a_delivered_order() -> None:
    assert "was delivered and paid" in smoke()
    assert set(restarts().values()) == {0}


@pytest.mark.parametrize("pod", ["menu-service", "api-gateway", "console-service"])
def test_only_the_documented_connections_are_allowed(pod: str) -> None:
    allowed = {to for origin, to, _ in edges("dev", []) if origin == pod}
    others = [place for place in PLACES if not place.startswith(pod)]

    lines = kubectl(
        "exec", f"deployment/{pod}", "--container=service", "--", "python", "-c", REACH, *others
    ).splitlines()

    assert allowed
    reached = [line.split()[0] for line in lines if line.endswith("open")]
    assert reached == [place for place in others if place.split(":")[0] in allowed]


def test_each_service_is_a_user_of_its_own_at_its_servers_and_reaches_no_more() -> None:
    listed = kubectl("exec", "rabbitmq-0", "--", "rabbitmqctl", "--quiet", "list_connections", "user").split()
    users = {line.split("user=")[1].split()[0] for line in redis_cli("CLIENT", "LIST").splitlines()}

    assert set(listed) - {"user"} == {name.replace("-", "_") for name in BACKENDS}
    assert users - {"default"} == {name.replace("-", "_") for name in REDIS_CLIENTS}
    tried = kubectl("exec", "deployment/console-service", "--container=service", "--", "python", "-c", TRESPASS)
    assert tried.splitlines() == ["GET refused", "PUBLISH refused", "FLUSHALL refused", "PING True"]


def redis_cli(*command: str) -> str:
    # It takes the password from its environment.
    return kubectl("exec", "redis-0", "--", "redis-cli", *command)


def test_keys_are_made_once() -> None:
    before = asked("secret", "signing-keys")["data"]
    kubectl("delete", "job", "signing-keys", "--ignore-not-found")
    run("kubectl", "apply", "--filename=-", given=rendering.text_of(rendering.FOLDER / "overlays/dev"))
    kubectl("wait", "job/signing-keys", "--for=condition=Complete", "--timeout=3m")

    assert asked("secret", "signing-keys")["data"] == before


def test_the_toolbox_works_in_the_cluster_with_minimal_rights() -> None:
    assert "no dead letters" in script("foodctl.sh", DEV, "dlq", "list")
    assert "nothing is parked" in script("foodctl.sh", DEV, "outbox", "list")
    account = f"--as=system:serviceaccount:{DEV}:foodctl"
    operator = ("--as=somebody", "--as-group=foodapp-operators")

    assert kubectl("auth", "can-i", "get", "secrets", account, check=False).startswith("no")
    assert kubectl("auth", "can-i", "create", "jobs", *operator).startswith("yes")
    assert kubectl("auth", "can-i", "get", "secrets", *operator, check=False).startswith("no")
    assert kubectl("auth", "can-i", "create", "pods/exec", *operator, check=False).startswith("no")


@pytest.mark.timeout(300)
def test_the_toolbox_shows_why_a_command_did_not_run() -> None:
    assert "Missing argument" in script("foodctl.sh", "-i", DEV, "admin", given="a-password\n", check=False)

    # No pod can start, so the Job fails without one.
    before = asked("cronjob", "toolbox")["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"]
    kubectl("create", "quota", "full", "--hard=pods=0")
    limit_toolbox(5)
    try:
        assert "longer than specified deadline" in script("foodctl.sh", DEV, "dlq", "list", check=False)
    finally:
        limit_toolbox(before)
        kubectl("delete", "quota", "full")


def limit_toolbox(seconds: int) -> None:
    """Set how long a Job of the toolbox may take."""
    limit = {"spec": {"jobTemplate": {"spec": {"activeDeadlineSeconds": seconds}}}}
    kubectl("patch", "cronjob", "toolbox", "--patch", json.dumps(limit))


def test_limits_of_queues_reach_the_broker_by_the_documented_line() -> None:
    definitions = script("foodctl.sh", DEV, "queues", "limits", "--definitions")
    broker = ("exec", "--stdin", "rabbitmq-0", "--", "rabbitmqctl", "--quiet")
    kubectl(*broker, "import_definitions", "/dev/stdin", given=definitions)

    while "foodapp-events" not in kubectl(*broker, "list_policies", given=""):
        # The import goes on after the command has ended.
        continue


def test_the_first_admin_is_made_by_one_line() -> None:
    arguments = ("-i", DEV, "admin", "first@example.com", "--name", "First")

    assert "first@example.com is an admin" in script("foodctl.sh", *arguments, given="a-long-enough-password\n")
    assert sql("user_service", "SELECT role FROM users WHERE email = 'first@example.com'") == "admin"


def test_an_admin_logs_in_to_the_console_through_the_way_in() -> None:
    with Client(1, 60):
        page = kubectl(
            "exec", "client", "--", "python", "-c", READ, f"http://api-gateway.{DEV}/console", namespace=OUTSIDE
        )
    assert 'name="password"' in page

    with (
        forwarded("api-gateway", 80) as port,
        httpx2.Client(base_url=f"http://localhost:{port}", timeout=30) as browser,
    ):
        who = {"email": "first@example.com", "password": "a-long-enough-password", "next": "/console/health"}
        answer = browser.post("/console/log-in", data=who, headers={"Origin": f"http://localhost:{port}"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/health")
        health = browser.get(answer.headers["location"])

    # It asks every service through the gateway.
    assert health.status_code == 200
    assert [name for name in BACKENDS if name not in health.text] == []


def test_a_dead_letter_is_replayed_inside_the_cluster() -> None:
    # The replica of menus cannot be written while every menu is published again.
    sql("order_service", "ALTER TABLE restaurants RENAME TO restaurants_gone")
    try:
        script("foodctl.sh", DEV, "republish")
        while "order-service" not in script("foodctl.sh", DEV, "dlq", "list"):
            continue
    finally:
        sql("order_service", "ALTER TABLE restaurants_gone RENAME TO restaurants")

    assert "sent back" in script("foodctl.sh", DEV, "dlq", "replay", "--all")
    assert "no dead letters" in script("foodctl.sh", DEV, "dlq", "list")
    assert "all invariants hold" in verified()


def test_findings_of_verify_reach_prometheus_which_has_all_rules() -> None:
    assert "all invariants hold" in verified()

    with forwarded("prometheus", 9090) as port:
        asking = (
            "python",
            "-c",
            "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())",
        )
        place = f"http://127.0.0.1:{port}/api/v1"
        seen = json.loads(run(*asking, f"{place}/query?query=last_over_time(foodapp_verify_timestamp_seconds[1h])"))
        rules = json.loads(run(*asking, f"{place}/rules"))

    assert len(seen["data"]["result"]) == 1
    health = {rule["health"] for group in rules["data"]["groups"] for rule in group["rules"]}
    assert health == {"ok"}


async def test_orders_in_flight_survive_a_backup_a_loss_and_a_restore(tmp_path: Path) -> None:
    [port] = free_ports(1)
    async with gateway(f"http://127.0.0.1:{port}") as anonymous:
        visitors = Visitors(anonymous, auto_accept=False, auto_drive=False)
        with forwarded("api-gateway", 80, port):
            await visitors.open()
            orders = [await visitors.order() for _ in range(IN_FLIGHT)]

        await asyncio.to_thread(script, "databases.sh", "save", DEV, str(tmp_path))
        names = names_in(tmp_path)
        sql("order_service", LOST)
        await asyncio.to_thread(script, "databases.sh", "restore", DEV, str(tmp_path))

        with forwarded("api-gateway", 80, port):
            for order in orders:
                await visitors.reaches(order, "placed")
                await visitors.accept(order)
                await visitors.deliver(order)
            await visitors.leave()
    assert "all invariants hold" in verified()
    assert names == {name.replace("-", "_") for name in BACKENDS}
    assert asked("cronjob", "verify")["spec"]["suspend"] is False
    # The autoscalers are active again.
    assert [one["metadata"]["name"] for one in asked("hpa")["items"] if not one["status"]["currentReplicas"]] == []


def names_in(folder: Path) -> set[str]:
    return {path.stem for path in folder.iterdir()}


def test_a_budget_keeps_one_pod_of_two() -> None:
    replicas(2)
    first, second = (
        one["metadata"]["name"] for one in asked("pods", "--selector=app=order-service,component=server")["items"]
    )

    assert evicted(first) == ""
    assert "disruption budget" in evicted(second)
    ready()


def evicted(pod: str) -> str:
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": DEV}}
    path = f"/api/v1/namespaces/{DEV}/pods/{pod}/eviction"
    said = kubectl("create", "--raw", path, "--filename=-", given=json.dumps(eviction), check=False)
    return "" if '"Success"' in said else said


def test_a_restart_of_all_services_loses_no_request() -> None:
    replicas(2)
    before = set(restarts())
    with Client(20, 400) as client:
        script("restart.sh", DEV)
        assert client.sending()
        ends = client.ends()

    assert ends == {"ok": 8000}
    assert set(restarts()) & before == set()


def test_a_busy_pod_is_not_killed_but_scaled_out_and_in_again() -> None:
    # A low limit, which is also exceeded on a machine that is busy with other work; pods are removed without five quiet
    # minutes before.
    values = {"/metrics/0/resource/target/averageValue": "50m", "/minReplicas": 1}
    values["/behavior/scaleDown/stabilizationWindowSeconds"] = 0
    patch = [{"op": "replace", "path": f"/spec{path}", "value": value} for path, value in values.items()]
    kubectl("patch", "hpa", "api-gateway", "--type=json", "--patch", json.dumps(patch))
    gateways(1)

    with Client(100, 120) as client:
        gateways(2)
        assert client.sending()
        client.ends()

    gateways(1)
    assert set(restarts().values()) == {0}


def gateways(count: int) -> None:
    """Wait until the gateway has `count` pods."""
    kubectl("wait", "deployment", "api-gateway", f"--for=jsonpath={{.status.replicas}}={count}", "--timeout=5m")
