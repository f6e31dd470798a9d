import json
from uuid import UUID, uuid4

import jwt as pyjwt
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey

from foodchassis.web.tokens import TokenVerifier
from user_service.adapters.signing import SigningKeys
from user_service.keys import new_keys
from user_service.settings import UserSettings

KEYS: list[ECKey | OKPKey] = [
    ECKey.generate_key("P-256", {"kid": "new"}),
    OKPKey.generate_key("Ed25519", {"kid": "old"}),
]
SETTINGS = UserSettings(
    signing_keys=json.dumps({"keys": [key.as_dict(private=True) for key in KEYS]}),
    auth_issuer="https://food.example", _env_file=None,
)  # fmt: skip


def test_a_token_has_subject_audience_and_expiry() -> None:
    user, session = uuid4(), uuid4()

    token = jwt.decode(SigningKeys(SETTINGS).access_token(user, "driver", session), KEYS[0], algorithms=["ES256"])

    assert token.header == {"alg": "ES256", "typ": "at+jwt", "kid": "new"}
    assert set(token.claims) == {"iss", "aud", "sub", "roles", "iat", "exp", "jti", "sid"}
    assert token.claims["sid"] == str(session)
    assert token.claims["iss"] == "https://food.example"
    assert token.claims["aud"] == "foodapp"
    assert token.claims["sub"] == str(user)
    assert token.claims["roles"] == ["driver"]
    assert token.claims["exp"] - token.claims["iat"] == 900
    assert UUID(token.claims["jti"]).version == 7


def settings(*keys: ECKey | OKPKey) -> UserSettings:
    document = json.dumps({"keys": [key.as_dict(private=True) for key in keys]})
    return UserSettings(signing_keys=document, auth_issuer="https://food.example", _env_file=None)


@pytest.mark.parametrize("keys", [KEYS, KEYS[::-1]], ids=["ES256", "Ed25519"])
async def test_the_own_verifier_accepts_issued_tokens(keys: list[ECKey | OKPKey]) -> None:
    user, session = uuid4(), uuid4()
    token = SigningKeys(settings(*keys)).access_token(user, "customer", session)

    caller = await TokenVerifier(settings(*KEYS)).verify(token)

    assert (caller.id, caller.roles, caller.session) == (user, frozenset({"customer"}), str(session))


def test_a_common_library_verifies_tokens_with_the_published_documents() -> None:
    """PyJWT here; jose and Spring read the same two documents."""
    keys = SigningKeys(settings(ECKey.import_key(json.loads(new_keys())["keys"][0]), KEYS[1]))
    token, user = keys.access_token(UUID(int=7), "customer", uuid4()), UUID(int=7)
    published = pyjwt.PyJWKSet.from_dict(json.loads(json.dumps(keys.published)))

    claims = pyjwt.decode(
        token,
        published[pyjwt.get_unverified_header(token)["kid"]],
        algorithms=keys.discovery["id_token_signing_alg_values_supported"],
        audience="foodapp",
        issuer=keys.discovery["issuer"],
        options={"require": ["exp", "iat", "iss", "aud", "sub"]},
    )

    assert claims["sub"] == str(user)


def test_every_key_is_published_without_its_secret() -> None:
    published = SigningKeys(SETTINGS).published

    assert [(key["kid"], key["alg"], key["use"]) for key in published["keys"]] == [
        ("new", "ES256", "sig"),
        ("old", "Ed25519", "sig"),
    ]
    assert not any("d" in key for key in published["keys"])
    assert len(KeySet.import_key_set(published).keys) == 2  # type: ignore[arg-type]


def test_the_discovery_document_is_found_below_the_issuer() -> None:
    found = SigningKeys(SETTINGS).discovery

    assert found["issuer"] == "https://food.example"
    assert found["jwks_uri"] == "https://food.example/.well-known/jwks.json"
    assert found["token_endpoint"] == "https://food.example/auth/token"
    assert found["revocation_endpoint"] == "https://food.example/auth/revoke"
    assert found["id_token_signing_alg_values_supported"] == ["ES256", "Ed25519"]
    required = {"issuer", "jwks_uri", "response_types_supported", "subject_types_supported"}
    assert required <= set(found)
    assert all(found.values())
