"""Keys that the settings give, and which tokens are good with them."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest

from foodchassis.kernel.settings import ServiceSettings
from foodchassis.testing import Issuer
from foodchassis.web.tokens import InvalidTokenError, TokenVerifier


@pytest.mark.parametrize("document", ['{"keys":[]}', "{}", "[]", "no JSON", '{"keys":null}', '{"keys":[{"kty":"x"}]}'])
def test_keys_of_no_use_are_one_line_that_says_what_to_set(document: str) -> None:
    with pytest.raises(ValueError, match=r"^AUTH_JWKS holds no keys .*or AUTH_JWKS_URL instead\.$"):
        TokenVerifier(ServiceSettings(service_name="x", auth_jwks=document))


async def test_keys_of_the_settings_need_no_url(issuer: Issuer) -> None:
    settings = ServiceSettings(service_name="x", auth_jwks=issuer.jwks, auth_jwks_url=None)
    token = issuer.bearer("customer")["Authorization"].removeprefix("Bearer ")

    assert (await TokenVerifier(settings).verify(token)).roles == {"customer"}


@pytest.mark.parametrize("claim", [{"iat": 50}, {"nbf": 50}, {"exp": -50}])
async def test_clocks_may_differ_by_a_minute(issuer: Issuer, claim: dict[str, Any]) -> None:
    verifier = TokenVerifier(ServiceSettings(service_name="x", auth_jwks=issuer.jwks))
    [(name, seconds)] = claim.items()
    near, far = ({name: int(time.time()) + times * seconds} for times in (1, 2))

    assert (await verifier.verify(issuer.token("driver", None, **near))).roles == {"driver"}
    with pytest.raises(InvalidTokenError):
        await verifier.verify(issuer.token("driver", None, **far))


async def test_roles_may_lie_inside_another_claim(issuer: Issuer) -> None:
    settings = ServiceSettings(service_name="x", auth_jwks=issuer.jwks, auth_roles_claim="realm_access.roles")
    token = issuer.token(realm_access={"roles": ["driver"]}, aud=["account", "foodapp"], roles=["admin"])

    assert (await TokenVerifier(settings).verify(token)).roles == {"driver"}
    assert (await TokenVerifier(settings).verify(issuer.token(roles=["admin"]))).roles == set()
    with pytest.raises(InvalidTokenError):
        await TokenVerifier(settings).verify(issuer.token(realm_access="admin"))


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("algorithm", ["none", "HS256", "Ed25519", "EdDSA", "ES384", "ES256K", "RS256", None])
async def test_a_key_signs_with_its_own_algorithm_only(algorithm: str | None) -> None:
    signer = Issuer("ec", "ES256")
    verifier = TokenVerifier(ServiceSettings(service_name="x", auth_jwks=signer.jwks))
    good = signer.token("admin")
    _, claims, signature = good.split(".")
    forged = f"{part({'alg': algorithm, 'typ': 'at+jwt', 'kid': 'ec'})}.{claims}"
    mac = hmac.new(signer.key.as_pem(private=False), forged.encode(), hashlib.sha256).digest()

    assert (await verifier.verify(good)).roles == {"admin"}
    for end in ("", signature, base64.urlsafe_b64encode(mac).rstrip(b"=").decode()):
        with pytest.raises(InvalidTokenError):
            await verifier.verify(f"{forged}.{end}")
