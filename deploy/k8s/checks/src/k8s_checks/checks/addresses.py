"""Every address that a service is told inside the cluster is a Service of the same overlay."""

import json
import re
from collections.abc import Iterator

from k8s_checks.architecture import ALL
from k8s_checks.checks.settings import environment, secret_values
from k8s_checks.finding import Finding
from k8s_checks.manifests import Manifests

_HOST = re.compile(r"\b(https?|postgresql|amqps?|rediss?)://(?:[^@/\s\"]*@)?([a-z0-9.-]+)(?::(\d+))?")
_PORTS = {"http": 80, "postgresql": 5432, "amqp": 5672, "redis": 6379}
_TEMPLATE = re.compile(r"\{\{.*?\}\}")
# Whom a token names as its issuer is a name, and the other ways out are by a vault's templates.
_NAMES = {"AUTH_ISSUER"}
_VERIFIED = {"postgresql": "sslmode=verify-full&sslrootcert=", "amqps": "cafile=", "rediss": "ssl_cert_reqs=required"}


def check(manifests: Manifests) -> Iterator[Finding]:
    """Find addresses that nothing listens at, and in production servers whose certificate is not checked."""
    services = {one["metadata"]["name"]: one["spec"]["ports"] for one in manifests.of("Service")}
    production = manifests.named("Namespace", "foodapp-prod") is not None
    for workload in manifests.workloads:
        if workload.name not in ALL:
            continue
        told = environment(manifests, workload) | secret_values(manifests, workload)
        for name, value in told.items():
            if name in _NAMES:
                continue
            for scheme, host, port in _HOST.findall(_TEMPLATE.sub("from.vault", value)):
                wanted = int(port or _PORTS.get(scheme, 0))
                if "." not in host and wanted not in [one["port"] for one in services.get(host, [])]:
                    yield Finding(str(workload), f"{name} names {host}:{wanted}, and no Service listens there")
            scheme = value.partition("://")[0]
            outside = production and name.endswith("_URL") and not value.startswith("http")
            if outside and _VERIFIED.get(scheme, "never") not in value:
                yield Finding(str(workload), f"{name} does not check whom it talks to")
    yield from _upstreams(manifests)


def _upstreams(manifests: Manifests) -> Iterator[Finding]:
    for config in manifests.of("ConfigMap"):
        if "UPSTREAMS" in config.get("data", {}):
            told = set(json.loads(config["data"]["UPSTREAMS"]).values())
            missing = {f"http://{name}" for name in ALL if name != "api-gateway"} ^ told
            if missing:
                yield Finding(f"ConfigMap/{config['metadata']['name']}", f"UPSTREAMS: {', '.join(sorted(missing))}")
