"""Keys in the settings, and the tokens that they verify."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from foodchassis.kernel.settings import ServiceSettings
from foodchassis.testing import Issuer
from foodchassis.web import tokens
from foodchassis.web.tokens import InvalidTokenError, TokenVerifier


@pytest.mark.parametrize("document", ['{"keys":[]}', "{}", "[]", "no JSON", '{"keys":null}', '{"keys":[{"kty":"x"}]}'])
def test_invalid_keys_are_a_one_line_error(document: str) -> None:
    with pytest.raises(ValueError, match=r"^AUTH_JWKS holds no keys .*or AUTH_JWKS_URL instead\.$"):
        TokenVerifier(ServiceSettings(service_name="x", auth_jwks=document))


async def test_keys_in_the_settings_need_no_url(issuer: Issuer) -> None:
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


async def test_roles_may_be_inside_another_claim(issuer: Issuer) -> None:
    settings = ServiceSettings(service_name="x", auth_jwks=issuer.jwks, auth_roles_claim="realm_access.roles")
    token = issuer.token(realm_access={"roles": ["driver"]}, aud=["account", issuer.audience], roles=["admin"])

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


def verifying(issuer: Issuer, *revoked: str, **changes: Any) -> TokenVerifier:
    settings = ServiceSettings(service_name="x", auth_jwks=issuer.jwks, _env_file=None, **changes)
    return TokenVerifier(settings, frozenset(revoked))


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://elsewhere"}, {"aud": "elsewhere"}, {"sub": 7}, {"exp": "soon"}, {"exp": 10**400},
        {"roles": "admin"}, {"roles": [7]}, {"roles": None}, {"iss": None}, {"aud": None}, {"exp": None}, {"sub": None},
    ],
)  # fmt: skip
async def test_a_claim_that_is_wrong_or_missing_is_refused(issuer: Issuer, claims: dict[str, Any]) -> None:
    with pytest.raises(InvalidTokenError):
        await verifying(issuer).verify(issuer.token("admin", None, **claims))


@pytest.mark.parametrize("token", ["", "x", "..", "a.b.c", "é.é.é", "x" * 5000, "eyJhbGciOiJub25lIn0..", "W10.W10.x"])
async def test_a_malformed_token_is_refused(issuer: Issuer, token: str) -> None:
    with pytest.raises(InvalidTokenError):
        await verifying(issuer).verify(token)


@pytest.mark.parametrize("kind", ["JWT", "rt+jwt", "", None])
async def test_a_token_of_another_kind_is_refused(issuer: Issuer, kind: str | None) -> None:
    head, claims, _ = issuer.token("admin").split(".")
    assert json.loads(base64.urlsafe_b64decode(head + "=="))["typ"] == "at+jwt"
    body = json.loads(base64.urlsafe_b64decode(claims + "=="))
    header = {"alg": "Ed25519", "kid": "test"} | ({"typ": kind} if kind is not None else {})

    with pytest.raises(InvalidTokenError):
        await verifying(issuer).verify(jwt.encode(header, body, issuer.key, algorithms=["Ed25519"]))


async def test_the_token_type_is_a_setting(issuer: Issuer) -> None:
    _, claims, _ = issuer.token("admin").split(".")
    body = json.loads(base64.urlsafe_b64decode(claims + "=="))
    header = {"alg": "Ed25519", "kid": "test", "typ": "JWT"}
    token = jwt.encode(header, body, issuer.key, algorithms=["Ed25519"])

    assert (await verifying(issuer, auth_token_type="JWT").verify(token)).roles == {"admin"}


async def test_a_caller_has_subject_and_log_in(issuer: Issuer) -> None:
    user = uuid4()

    caller = await verifying(issuer).verify(issuer.token("guest", user, sid="log-in-7"))

    assert (caller.id, caller.session) == (user, "log-in-7")
    assert caller.roles == {"guest"}
    assert (await verifying(issuer).verify(issuer.token("guest", user, sid=7))).session is None


async def test_a_subject_that_is_not_a_uuid_always_gets_the_same_id(issuer: Issuer) -> None:
    ids = [(await verifying(issuer).verify(issuer.token(sub=name))).id for name in ("ann", "bob", "ann")]

    assert ids[0] == ids[2] != ids[1]


@pytest.mark.parametrize("revoked", ["log-in-7", "subject"])
async def test_a_revoked_log_in_or_user_is_refused_also_from_the_cache(issuer: Issuer, revoked: str) -> None:
    list_of_revoked = set[str]()
    settings = ServiceSettings(service_name="x", auth_jwks=issuer.jwks, _env_file=None)
    verifier = TokenVerifier(settings, list_of_revoked)
    token = issuer.token("guest", sub="subject", sid="log-in-7")

    assert (await verifier.verify(token)).session == "log-in-7"
    list_of_revoked.add(revoked)
    with pytest.raises(InvalidTokenError, match="log-in has ended"):
        await verifier.verify(token)


async def test_a_token_without_a_log_in_is_not_mistaken_for_a_revoked_one(issuer: Issuer) -> None:
    assert (await verifying(issuer, "another").verify(issuer.token("guest"))).session is None


async def test_a_verified_token_is_not_verified_again_until_it_expires(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier, token = verifying(issuer), issuer.token("guest")
    first = await verifier.verify(token)
    decoded = list[str]()
    decode = verifier._decode

    def noted(text: str, keys: KeySet) -> jwt.Token:
        decoded.append(text)
        return decode(text, keys)

    monkeypatch.setattr(verifier, "_decode", noted)

    assert await verifier.verify(token) is first
    assert decoded == []
    later = time.time() + 3600 + 61
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(InvalidTokenError):
        await verifier.verify(token)
    assert decoded == [token]


async def test_the_cache_is_bounded(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST_CACHED", 3)
    verifier = verifying(issuer)

    for _ in range(10):
        await verifier.verify(issuer.token("guest"))

    assert len(verifier._cached) <= 3
