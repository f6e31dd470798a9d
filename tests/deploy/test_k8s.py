"""The Kubernetes manifests, unchanged and with planted mistakes."""

import base64
import json
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import aiormq
import pytest
import yaml
from deploy.manifests import Broken, built, production
from deploy.mistakes import IN_DEV, IN_PROD, Mistake
from redis.asyncio import Redis
from sqlalchemy.engine import make_url

from devservers.errors import UsageError
from foodctl.catalog import SERVICES, service_named
from foodlab.k8s import accounts, cluster
from k8s_checks import architecture, checking, rendering, rules
from k8s_checks.pods import amount

OPTIONAL = ("gateway-api", "keda", "cloudnative-pg", "rabbitmq-operator")
# The capacity that remains for workloads on a node of two processors.
PROCESSORS = 1.8


def test_the_overlays_have_no_findings() -> None:
    assert [str(one) for one in checking.of_both(built("dev"), built("prod"))] == []


@pytest.mark.parametrize(("overlay", "mistake"), [("dev", one) for one in IN_DEV] + [("prod", one) for one in IN_PROD])
def test_a_planted_mistake_is_found_by_its_check(overlay: str, mistake: str) -> None:
    check, words, plant = _mistake(overlay, mistake)
    broken = Broken(overlay)
    plant(broken)

    assert any(words in str(one) for one in broken.findings(check)), broken.findings(check)


def _mistake(overlay: str, mistake: str) -> tuple[str, str, Mistake]:
    return (IN_DEV if overlay == "dev" else IN_PROD)[mistake]


def test_every_check_has_a_planted_mistake() -> None:
    seen = {check for check, _, _ in (*IN_DEV.values(), *IN_PROD.values())}

    assert seen == {*checking.CHECKS, "network", "parity"}


def test_every_optional_component_can_be_added_to_production(tmp_path: Path) -> None:
    # Kustomize accepts no folders outside its root, so the whole tree is copied.
    for folder in ("k8s", "observability"):
        shutil.copytree(rendering.FOLDER.parent / folder, tmp_path / folder)
    # The Gateway API replaces the Ingress; the others are added.
    prod = tmp_path / "k8s/overlays/prod/kustomization.yaml"
    chosen = yaml.safe_load(prod.read_text())
    chosen["components"] = [one for one in chosen["components"] if "ingress" not in one]
    chosen["components"] += [f"../../components/{one}" for one in OPTIONAL]
    prod.write_text(yaml.safe_dump(chosen))

    manifests = rendering.parse(rendering.text_of(prod.parent))

    assert [str(one) for one in checking.of_any(manifests)] == []
    assert manifests.names("Ingress", "Gateway", "RabbitmqCluster", "Cluster") == {"foodapp", "rabbitmq", "postgres"}
    assert manifests.names("ScaledObject") == set(architecture.BACKENDS)


def test_every_component_is_checked() -> None:
    known = {path.name for path in (rendering.FOLDER / "components").iterdir()}
    kustomizations = [yaml.safe_load(path.read_text()) for path in rendering.FOLDER.glob("*/*/kustomization.yaml")]
    used = {name.rpartition("/")[2] for one in kustomizations for name in one.get("components", [])}

    assert known - used == set(OPTIONAL)


def test_a_rollout_of_everything_fits_two_processors() -> None:
    dev = built("dev")
    # An autoscaler may have doubled each service, and a rollout adds one more pod.
    pods = {"Deployment": 3, "StatefulSet": 1, "Job": 1}
    asked = [
        (pods[one.kind] if one.labels.get("component") == "server" else 1, container["resources"]["requests"]["cpu"])
        for one in dev.workloads
        for container in one.containers
    ]

    assert sum(count * (amount(cpu) or 0) for count, cpu in asked) <= PROCESSORS


def test_every_service_has_its_own_user_at_the_servers_in_the_cluster() -> None:
    given = {one["metadata"]["name"]: one["data"] for one in built("dev").of("Secret") if "data" in one}
    users = {
        (service.name, name): urlsplit(base64.b64decode(given[service.name][name]).decode()).username
        for service in SERVICES
        for name in architecture.urls_of(service.name)
    }

    assert users == {key: service_named(key[0]).package for key in users}


def test_the_signing_keys_are_created_in_the_cluster_and_are_in_no_file() -> None:
    dev = built("dev")
    job = dev.named("Job", "signing-keys")
    role = dev.named("Role", "signing-keys")

    assert job is not None
    assert role is not None
    assert dev.named("Secret", "signing-keys") is None
    assert role["rules"] == [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]}]
    assert built("prod").named("Job", "signing-keys") is None


@pytest.mark.parametrize("overlay", rendering.OVERLAYS)
def test_the_invariants_are_checked_each_hour_and_tools_run_on_demand_only(overlay: str) -> None:
    manifests = built(overlay)
    verify, toolbox = (manifests.named("CronJob", name) for name in ("verify", "toolbox"))

    assert verify is not None
    assert toolbox is not None
    assert verify["spec"]["schedule"].split()[1:] == ["*"] * 4
    assert verify["spec"]["concurrencyPolicy"] == "Forbid"
    assert not verify["spec"].get("suspend")
    assert toolbox["spec"]["suspend"] is True


def test_brokers_permissions_refer_to_exchanges_of_the_same_file() -> None:
    """RabbitMQ 4.3 does not start with a topic permission for an exchange that does not exist."""
    definitions = json.loads((accounts.FOLDER / "rabbitmq/definitions.json").read_text())
    exchanges = {(one["vhost"], one["name"]) for one in definitions["exchanges"]}

    assert {(one["vhost"], one["exchange"]) for one in definitions["topic_permissions"]} == exchanges


@pytest.mark.parametrize("overlay", rendering.OVERLAYS)
def test_the_on_call_role_cannot_read_secrets_or_enter_pods(overlay: str) -> None:
    role = built(overlay).named("Role", "operator")

    assert role is not None
    rights = {one for rule in role["rules"] for one in rule["resources"]}
    assert rights == {"jobs", "cronjobs", "pods", "pods/log", "pods/attach", "deployments"}


@pytest.mark.parametrize("overlay", rendering.OVERLAYS)
def test_foodctl_finds_the_database_of_every_service(overlay: str) -> None:
    job = built(overlay).named("CronJob", "toolbox")
    assert job is not None
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    [mounted] = [one["projected"]["sources"] for one in pod["volumes"] if one["name"] == "secrets"]

    paths = {item["path"] for source in mounted for item in source["secret"].get("items", [])}

    assert paths == {f"{service.package}/DATABASE_URL" for service in SERVICES if service.has_database}


@pytest.mark.parametrize("way", ["ingress", "gateway-api"])
def test_ingress_and_gateway_have_a_renewed_certificate(way: str, tmp_path: Path) -> None:
    manifests = rendering.parse(production(tmp_path, way))

    [certificate] = manifests.of("Certificate")
    assert certificate["spec"]["secretName"] == "public-certificate"
    assert certificate["spec"]["issuerRef"] == {"kind": "Issuer", "name": "letsencrypt"}
    assert [one["spec"]["ingressClassName"] for one in manifests.of("Ingress")] == (
        ["nginx"] if way == "ingress" else []
    )
    assert len(manifests.of("Gateway")) == (way == "gateway-api")


def test_owner_registry_and_domains_are_set_in_one_place(tmp_path: Path) -> None:
    for folder in ("k8s", "observability"):
        shutil.copytree(rendering.FOLDER.parent / folder, tmp_path / folder)
    settings = tmp_path / "k8s/components/settings/settings.env"
    settings.write_text(
        settings.read_text()
        .replace("ghcr.io", "registry.test")
        .replace("OWNER=foodapp", "OWNER=somebody")
        .replace("foodapp.localtest.me", "dev.test")
        .replace("foodapp.example.com", "prod.test")
    )

    texts = {name: rendering.text_of(tmp_path / "k8s/overlays" / name) for name in rendering.OVERLAYS}

    assert all("registry.test/somebody/order-service" in text for text in texts.values())
    assert "ghcr.io" not in texts["dev"] + texts["prod"]
    assert "localtest.me" not in texts["dev"]
    assert "example.com" not in texts["prod"]
    assert "host: dev.test" in texts["dev"]
    assert "AUTH_ISSUER: https://prod.test" in texts["prod"]


async def test_urls_from_the_vault_are_valid_for_the_client_libraries() -> None:
    values = next(
        one["spec"]["target"]["template"]["data"]
        for one in built("prod").of("ExternalSecret")
        if one["metadata"]["name"] == "order-service"
    )
    filled = {
        name: value.replace("{{ .database_password | urlquery }}", "p%40ss")
        .replace("{{ .rabbitmq_password | urlquery }}", "p%40ss")
        .replace("{{ .redis_password | urlquery }}", "p%40ss")
        .replace("{{ .database_host }}", "db.test:5432")
        .replace("{{ .rabbitmq_host }}", "mq.test:5671")
        .replace("{{ .redis_host }}", "redis.test:6379")
        for name, value in values.items()
    }

    database = make_url(filled["DATABASE_URL"])
    broker = aiormq.Connection(filled["RABBITMQ_URL"])
    cache = Redis.from_url(filled["REDIS_URL"]).connection_pool.connection_kwargs

    authority = "/etc/foodapp/secrets/ca.crt"
    assert (database.password, database.database) == ("p@ss", "order_service")
    assert dict(database.query) == {"sslmode": "verify-full", "sslrootcert": authority}
    assert (broker.url.scheme, broker.url.password, broker.vhost) == ("amqps", "p@ss", "/")
    assert (broker.ssl_certs.verify, broker.ssl_certs.cafile) == (True, authority)
    assert (cache["password"], cache["ssl_cert_reqs"], cache["ssl_ca_certs"]) == ("p@ss", "required", authority)


def test_every_service_is_covered_by_the_documented_commands() -> None:
    for overlay in rendering.OVERLAYS:
        manifests = built(overlay)
        for service in SERVICES:
            labels = [one.labels["app"] for one in manifests.workloads if one.name == service.name]
            published = manifests.named("Service", service.name)
            assert labels == [service.name]
            assert published is not None
            assert published["spec"]["ports"][0]["port"] == 80
        assert manifests.names("Namespace") == {f"foodapp-{overlay}"}


def test_images_are_loaded_into_the_current_cluster() -> None:
    assert cluster.loader("k3d-food")(["a", "b"]) == ["k3d", "image", "import", "a", "b", "--cluster", "food"]
    assert cluster.loader("kind-food")(["a"]) == ["kind", "load", "docker-image", "a", "--name", "food"]
    assert cluster.loader("minikube")(["a"]) == ["minikube", "image", "load", "a"]
    assert cluster.our_images(built("dev"))[0] == "ghcr.io/foodapp/api-gateway:dev"


def test_other_kinds_of_clusters_are_refused() -> None:
    for context in ("", "gke_company_production"):
        with pytest.raises(UsageError, match="k3d, kind or minikube"):
            cluster.loader(context)


def test_the_rules_are_up_to_date(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(rules, "TARGET", tmp_path / "rules.yaml")
    rules.write()

    assert (tmp_path / "rules.yaml").read_text() == rules_checked_in()


def rules_checked_in() -> str:
    return (rendering.FOLDER / "components/monitoring/rules.yaml").read_text()
