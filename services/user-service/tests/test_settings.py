import json
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey
from pydantic import ValidationError

from user_service.settings import UserSettings


def jwks(*keys: object, private: bool = True) -> str:
    return json.dumps({"keys": [key.as_dict(private=private) for key in keys]})  # type: ignore[attr-defined]


def test_the_service_does_not_start_without_signing_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGNING_KEYS", raising=False)

    with pytest.raises(ValidationError, match="signing_keys"):
        UserSettings(_env_file=None)


@pytest.mark.parametrize(
    "keys",
    [
        "", "secret-nonsense", "[]", "{}",
        '{"keys": []}', '{"keys": {}}', '{"keys": [1]}', '{"keys": [{"kty": "OKP"}]}',
        jwks(OKPKey.generate_key("Ed25519"), private=False),
        jwks(OKPKey.generate_key("X25519")),
        jwks(ECKey.generate_key("P-384")),
        jwks(OKPKey.generate_key("Ed25519"), ECKey.generate_key("P-256"), private=False),
    ],
    ids=range(12),
)  # fmt: skip
def test_keys_that_cannot_sign_are_refused_and_not_printed(keys: str) -> None:
    with pytest.raises(ValidationError, match="private keys") as refused:
        UserSettings(signing_keys=keys, _env_file=None)

    assert "secret-nonsense" not in str(refused.value)
    assert '"d"' not in str(refused.value)


def test_the_service_trusts_its_own_keys_by_default() -> None:
    keys = jwks(OKPKey.generate_key("Ed25519"))

    own = UserSettings(signing_keys=keys, _env_file=None)
    external = UserSettings(signing_keys=keys, auth_jwks_url="http://issuer/jwks", _env_file=None)

    assert own.auth_jwks is not None
    assert '"d"' not in own.auth_jwks
    assert external.auth_jwks is None


@pytest.mark.parametrize(
    ("setting", "value", "danger"),
    [
        ("smtp_url", "smtp://a:Fx83k@mail.example:25", "plain-text-smtp"),
        ("smtp_url", "smtps://a:password@mail.example", "development-secrets"),
        ("account_pages_url", "http://food.example/account", "plain-text-clients"),
    ],
)
def test_production_refuses_plain_connections_to_mail_servers_and_pages(setting: str, value: str, danger: str) -> None:
    keys = jwks(OKPKey.generate_key("Ed25519"))
    safe: dict[str, Any] = {
        "smtp_url": "smtp+starttls://a:Fx83k@mail.example",
        "account_pages_url": "https://food.example/account",
    }

    assert [one.name for one in UserSettings(signing_keys=keys, _env_file=None, **safe).dangers()] == []
    changed = UserSettings(signing_keys=keys, _env_file=None, **{**safe, setting: value})
    assert [one.name for one in changed.dangers()] == [danger]
