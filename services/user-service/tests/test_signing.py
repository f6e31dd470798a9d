import json
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from foodchassis.web.tokens import TokenVerifier
from user_service.settings import UserSettings
from user_service.signing import SigningKeys

KEYS = [OKPKey.generate_key("Ed25519", {"kid": kid}) for kid in ("new", "old")]
SETTINGS = UserSettings(
    signing_keys=json.dumps({"keys": [key.as_dict(private=True) for key in KEYS]}),
    auth_issuer="https://food.example", _env_file=None,
)  # fmt: skip


def test_a_token_says_who_for_whom_and_how_long() -> None:
    user = uuid4()

    token = jwt.decode(SigningKeys(SETTINGS).access_token(user, "driver"), KEYS[0], algorithms=["Ed25519"])

    assert token.header == {"alg": "Ed25519", "typ": "at+jwt", "kid": "new"}
    assert set(token.claims) == {"iss", "aud", "sub", "roles", "iat", "exp", "jti"}
    assert token.claims["iss"] == "https://food.example"
    assert token.claims["aud"] == "foodapp"
    assert token.claims["sub"] == str(user)
    assert token.claims["roles"] == ["driver"]
    assert token.claims["exp"] - token.claims["iat"] == 900
    assert UUID(token.claims["jti"]).version == 7


async def test_our_own_verifier_takes_our_tokens() -> None:
    user = uuid4()

    caller = await TokenVerifier(SETTINGS).verify(SigningKeys(SETTINGS).access_token(user, "customer"))

    assert caller.id == user
    assert caller.roles == {"customer"}


def test_every_key_is_published_without_its_secret() -> None:
    published = SigningKeys(SETTINGS).published

    assert [key["kid"] for key in published["keys"]] == ["new", "old"]
    assert all(key["alg"] == "Ed25519" and key["use"] == "sig" and "d" not in key for key in published["keys"])
    assert len(KeySet.import_key_set(published).keys) == 2  # type: ignore[arg-type]


def test_clients_find_everything_below_the_issuer() -> None:
    found = SigningKeys(SETTINGS).discovery

    assert found["issuer"] == "https://food.example"
    assert found["jwks_uri"] == "https://food.example/.well-known/jwks.json"
    assert found["token_endpoint"] == "https://food.example/auth/token"
    assert found["revocation_endpoint"] == "https://food.example/auth/revoke"
