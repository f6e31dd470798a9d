"""Checks of the services' settings: they load, and each address is a Service of the same overlay."""

import base64
import json
import re
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from foodchassis import ServiceSettings
from foodctl.catalog import service_named
from foodctl.credentials import Credentials
from k8s_checks.architecture import ALL, urls_of
from k8s_checks.manifests import Finding, Manifests, Workload

SECRETS_FOLDER = "/etc/foodapp/secrets"
# Read before the settings, or named by URLs in them; they have no field.
_NO_FIELDS = {"SECRETS_DIR", "ca.crt"}
_URLS = {"DATABASE_URL", "RABBITMQ_URL", "REDIS_URL"}


def check_settings(manifests: Manifests) -> Iterator[Finding]:
    """Find unknown variables, settings that do not load, and URLs of servers that a service lacks or does not use."""
    for workload in manifests.workloads:
        if workload.name not in ALL:
            continue
        kind = settings_of(workload.name)
        plain, hidden = environment(manifests, workload), secret_values(manifests, workload)
        for name in sorted({*plain, *hidden} - _NO_FIELDS):
            if name.lower() not in kind.model_fields:
                yield Finding(str(workload), f"{name} is not a setting of {workload.name}")
        for name in sorted((_URLS & {*plain, *hidden}) ^ urls_of(workload.name)):
            yield Finding(str(workload), f"{name} is {'set but not used' if name in hidden else 'not set'}")
        if plain.get("SECRETS_DIR") != SECRETS_FOLDER:
            yield Finding(str(workload), f"SECRETS_DIR is not {SECRETS_FOLDER}, where its secrets are mounted")
        if workload.ports.get("metrics") != int(plain.get("METRICS_PORT", "0")):
            yield Finding(str(workload), "METRICS_PORT is not the port named metrics")
        yield from _loading(workload, kind, plain | hidden)


def settings_of(service: str) -> type[ServiceSettings]:
    """Return the class of a service's settings: the last one in its module."""
    module = import_module(f"{service_named(service).package}.settings")
    kinds = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, ServiceSettings)]
    return kinds[-1]


def environment(manifests: Manifests, workload: Workload) -> dict[str, str]:
    """Return the variables of a workload's first container."""
    [container, *_] = workload.containers
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        config = manifests.named("ConfigMap", source.get("configMapRef", {}).get("name", ""))
        found |= config.get("data", {}) if config else {}
    for variable in container.get("env", []):
        path = variable.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath", "")
        found[variable["name"]] = workload.labels.get("app", "") if "'app'" in path else variable.get("value", "")
    return found


def secret_values(manifests: Manifests, workload: Workload) -> dict[str, str]:
    """Return the mounted secrets of a workload; values of a vault remain templates."""
    found: dict[str, str] = {}
    for volume in workload.pod.get("volumes", []):
        for source in volume.get("projected", {}).get("sources", []):
            found |= _values(manifests, source.get("secret", {}).get("name", ""))
    return found


def _values(manifests: Manifests, name: str) -> dict[str, str]:
    if name == "signing-keys":
        return {"SIGNING_KEYS": Credentials().signing_keys}
    if secret := manifests.named("Secret", name):
        return {key: base64.b64decode(value).decode() for key, value in (secret.get("data") or {}).items()}
    if external := manifests.named("ExternalSecret", name):
        values: dict[str, str] = external["spec"]["target"].get("template", {}).get("data", {})
        return values
    return {}


def _loading(workload: Workload, kind: type[ServiceSettings], values: dict[str, str]) -> Iterator[Finding]:
    with tempfile.TemporaryDirectory() as folder:
        for name in values.keys() - _NO_FIELDS:
            Path(folder, name).write_text(values[name], encoding="utf-8")
        options: dict[str, Any] = {"_secrets_dir": folder, "_env_file": None}
        try:
            kind(**options)
        except (ValidationError, ValueError) as error:
            yield Finding(str(workload), f"its settings do not load: {error}")


_HOST = re.compile(r"\b(https?|postgresql|amqps?|rediss?)://(?:[^@/\s\"]*@)?([a-z0-9.-]+)(?::(\d+))?")
_PORTS = {"http": 80, "postgresql": 5432, "amqp": 5672, "redis": 6379}
_TEMPLATE = re.compile(r"\{\{.*?\}\}")
# The issuer of a token is a name, not an address.
_NAMES = {"AUTH_ISSUER"}
_VERIFIED = {"postgresql": "sslmode=verify-full&sslrootcert=", "amqps": "cafile=", "rediss": "ssl_cert_reqs=required"}


def check_addresses(manifests: Manifests) -> Iterator[Finding]:
    """Find addresses without a Service, and in production servers whose certificate is not verified."""
    services = {one["metadata"]["name"]: one["spec"]["ports"] for one in manifests.of("Service")}
    production = manifests.named("Namespace", "foodapp-prod") is not None
    for workload in manifests.workloads:
        if workload.name not in ALL:
            continue
        plain = environment(manifests, workload) | secret_values(manifests, workload)
        for name, value in plain.items():
            if name in _NAMES:
                continue
            for scheme, host, port in _HOST.findall(_TEMPLATE.sub("from.vault", value)):
                wanted = int(port or _PORTS.get(scheme, 0))
                if "." not in host and wanted not in [one["port"] for one in services.get(host, [])]:
                    yield Finding(
                        str(workload), f"{name} has the address {host}:{wanted}, but there is no such Service"
                    )
            scheme = value.partition("://")[0]
            outside = production and name.endswith("_URL") and not value.startswith("http")
            if outside and _VERIFIED.get(scheme, "never") not in value:
                yield Finding(str(workload), f"{name} does not verify the certificate of its server")
    yield from _upstreams(manifests)


def _upstreams(manifests: Manifests) -> Iterator[Finding]:
    for config in manifests.of("ConfigMap"):
        if "UPSTREAMS" in config.get("data", {}):
            plain = set(json.loads(config["data"]["UPSTREAMS"]).values())
            missing = {f"http://{name}" for name in ALL if name != "api-gateway"} ^ plain
            if missing:
                yield Finding(f"ConfigMap/{config['metadata']['name']}", f"UPSTREAMS: {', '.join(sorted(missing))}")
