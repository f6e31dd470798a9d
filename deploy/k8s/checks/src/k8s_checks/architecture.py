"""The allowed connections, as in docs/00-architecture.md: the manifests must allow exactly these."""

from foodctl.catalog import SERVICES
from k8s_checks.rendering import FOLDER

Edge = tuple[str, str, str]

GATEWAY = "api-gateway"
ALL = tuple(service.name for service in SERVICES)
# The services behind the gateway, and those of them with a database and events.
ROUTED = tuple(name for name in ALL if name != GATEWAY)
BACKENDS = tuple(service.name for service in SERVICES if service.has_database)
MIGRATIONS = tuple(f"{name}-migrations" for name in BACKENDS)
ISSUER = "user-service"
TOOL = "foodctl"
API_CLIENTS = ("console-service",)
OPERATIONS = ("verify", "toolbox")
TOKEN_CHECKERS = tuple(name for name in BACKENDS if name != ISSUER)
REDIS_CLIENTS = tuple(service.name for service in SERVICES if "redis" in service.needs)

DNS = "namespace kube-system, k8s-app=kube-dns"
# The monitoring that dev runs beside the services; prod has it in a separate namespace.
WATCHERS: tuple[Edge, ...] = (
    ("otel-collector", "jaeger", "4317"),
    ("prometheus", "rabbitmq", "15692"),
    ("prometheus", "otel-collector", "8888"),
    ("grafana", "prometheus", "9090"),
    ("grafana", "jaeger", "16686"),
    # The API server, which lists the pods to scrape and stores new keys.
    *((name, "network 0.0.0.0/0", port) for name in ("prometheus", "signing-keys") for port in ("443", "6443")),
)


def urls_of(service: str) -> set[str]:
    """Return the names of the settings with the server URLs that a service gets."""
    urls = {"DATABASE_URL", "RABBITMQ_URL"} if service in BACKENDS else set()
    return urls | ({"REDIS_URL"} if service in REDIS_CLIENTS else set())


def chosen() -> dict[str, str]:
    """Read the owner's settings: networks and namespaces of the edges that leave the cluster."""
    text = (FOLDER / "components/settings/settings.env").read_text(encoding="utf-8")
    return dict(line.split("=", 1) for line in text.split())


def edges(overlay: str, workloads: list[str]) -> set[Edge]:
    """Return every edge (from, to, port) of an overlay that runs `workloads`."""
    found = {(GATEWAY, name, "8000") for name in ROUTED}
    found |= {(name, GATEWAY, "8000") for name in API_CLIENTS}
    found |= {(name, ISSUER, "8000") for name in TOKEN_CHECKERS}
    found |= {(name, DNS, port) for name in workloads for port in ("53/UDP", "53")}
    return found | (_inside() if overlay == "dev" else _outside())


def _inside() -> set[Edge]:
    found = _servers("postgres", "rabbitmq", "5672", "redis")
    found |= {("prometheus", name, "9000") for name in (*ALL, "verify")}
    found |= {(name, "otel-collector", "4318") for name in ALL}
    return found | {*WATCHERS, (f"namespace {chosen()['INGRESS_NAMESPACE']}", GATEWAY, "8000")}


def _outside() -> set[Edge]:
    network = f"network {chosen()['SERVERS_NETWORK']}"
    monitoring = f"namespace {chosen()['MONITORING_NAMESPACE']}"
    found = _servers(network, network, "5671", network)
    found |= {(monitoring, name, "9000") for name in (*ALL, "verify")}
    found |= {(name, monitoring, "4318") for name in ALL}
    return found | {(f"namespace {chosen()['INGRESS_NAMESPACE']}", GATEWAY, "8000")}


def _servers(postgres: str, rabbitmq: str, amqp: str, redis: str) -> set[Edge]:
    found = {(name, postgres, "5432") for name in (*BACKENDS, *MIGRATIONS, *OPERATIONS)}
    found |= {(name, rabbitmq, amqp) for name in (*BACKENDS, *OPERATIONS)}
    return found | {(name, redis, "6379") for name in REDIS_CLIENTS}
