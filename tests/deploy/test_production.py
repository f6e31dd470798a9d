"""Services start in production with the settings of Compose and of the overlay prod, by their named exceptions."""

import json
import re
from importlib import import_module
from typing import Any

import pytest
from deploy.manifests import built
from deploy.test_compose import ALL

from foodchassis import ServiceSettings
from foodchassis.kernel import production
from foodctl.catalog import SERVICES, Service
from user_service.keys import new_keys

REFERENCE = re.compile(r"\$\{(\w+)(?::[-?]([^{}]*))?\}")
# Values that the vault and the user of Compose choose.
CHOSEN = "Fx83kQ"


def compose(service: Service) -> dict[str, str]:
    """Return the environment of a service in Compose, with passwords."""
    environment = ALL[service.name]["environment"]
    return {name: _substituted(str(value)) for name, value in environment.items()}


def kubernetes(service: Service) -> dict[str, str]:
    """Return the environment of a service in the overlay prod: ConfigMaps, the container's own and the vault's."""
    resources = built("prod").resources
    [deployment] = [one for one in resources if one["kind"] == "Deployment" and one["metadata"]["name"] == service.name]
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    named = [source["configMapRef"]["name"] for source in container.get("envFrom", ()) if "configMapRef" in source]
    found: dict[str, str] = {}
    for one in resources:
        if one["kind"] == "ConfigMap" and one["metadata"]["name"] in named:
            found |= one["data"]
        if one["kind"] == "ExternalSecret" and one["metadata"]["name"] == service.name:
            made = one["spec"]["target"]["template"]["data"]
            found |= {key: re.sub(r"\{\{.*?\}\}", CHOSEN, text) for key, text in made.items()}
    return found | {one["name"]: one["value"] for one in container.get("env", ()) if "value" in one}


def settings(service: Service, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> ServiceSettings:
    """Read a service's settings from this environment alone."""
    kind: Any = getattr(import_module(f"{service.package}.settings"), f"{service.short.title()}Settings")
    for name in kind.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in {"SIGNING_KEYS": new_keys(), **environment}.items():
        if name.upper() != "SECRETS_DIR":
            monkeypatch.setenv(name, value)
    made: ServiceSettings = kind(_env_file=None)
    return made


@pytest.mark.parametrize("place", [compose, kubernetes], ids=lambda place: place.__name__)
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_service_starts_only_with_its_exceptions(
    place: Any, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = place(service)
    assert environment["ENVIRONMENT"] == "prod"
    made = settings(service, environment | {"SIGN_UP_CONFIRMS_EMAIL": "false"}, monkeypatch)

    production.check(service.name, made.dangers(), made.allowed_in_production)
    with pytest.raises(production.UnsafeProductionError):
        production.check(service.name, made.dangers(), ())


def test_every_exception_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (compose, kubernetes):
        needed = {
            danger.name
            for service in SERVICES
            for danger in settings(service, place(service) | {"SIGN_UP_CONFIRMS_EMAIL": "false"}, monkeypatch).dangers()
        }
        assert set(json.loads(place(SERVICES[0])["ALLOWED_IN_PRODUCTION"])) == needed


def _substituted(text: str) -> str:
    while found := REFERENCE.search(text):
        default = found[2] if found[2] is not None and ":-" in found[0] else CHOSEN
        text = text.replace(found[0], default)
    return text
