import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from hmac import new as hmac
from math import inf, nan
from typing import Any

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwe, jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from foodchassis.testing import Issuer

Forged = dict[str, str | bytes]


def b64(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


def part(value: Any) -> bytes:
    return b64(value if isinstance(value, bytes) else json.dumps(value).encode())


def signed(key: OKPKey, header: Any, claims: Any) -> bytes:
    """Sign anything with a good key: past every check that a library makes of what it signs."""
    private = key.private_key
    assert isinstance(private, Ed25519PrivateKey)
    text = part(header) + b"." + part(claims)
    return text + b"." + b64(private.sign(text))


def with_other_algorithms(issuer: Issuer, header: dict[str, Any], claims: dict[str, Any]) -> Forged:
    public = issuer.key.as_dict(private=False)
    secrets = {
        "pem": issuer.key.as_pem(private=False), "json": json.dumps(public).encode(), "x": str(public["x"]).encode(),
        "empty": b"",
    }  # fmt: skip

    def mac(secret: bytes, alg: str) -> bytes:
        text = part({**header, "alg": alg}) + b"." + part(claims)
        return text + b"." + b64(hmac(secret, text, sha256).digest())

    forged: Forged = {f"public key as {name} secret": mac(secret, "HS256") for name, secret in secrets.items()}
    forged["a MAC that says Ed25519"] = mac(secrets["pem"], "Ed25519")
    for alg in ("none", "None", "NONE", "nOnE", ""):
        forged[f"algorithm {alg!r}, no signature"] = part({**header, "alg": alg}) + b"." + part(claims) + b"."
    others: tuple[Any, ...] = ("EdDSA", "Ed448", "HS256", "RS256", "nonsense", None, 7, ["Ed25519"], {"a": 1})
    for alg in others:
        forged[f"good signature, algorithm {alg!r}"] = signed(issuer.key, {**header, "alg": alg}, claims)
    forged["no algorithm"] = signed(issuer.key, {"typ": "at+jwt", "kid": "test"}, claims)
    for other in (RSAKey.generate_key(2048), ECKey.generate_key("P-256")):
        alg = "RS256" if isinstance(other, RSAKey) else "ES256"
        forged[f"our kid, {alg}"] = jwt.encode({**header, "alg": alg}, claims, other, algorithms=[alg])
    return forged


def with_other_keys(issuer: Issuer, header: dict[str, Any], claims: dict[str, Any]) -> Forged:
    thief = OKPKey.generate_key("Ed25519", {"kid": "test"})
    public = thief.as_dict(private=False)
    offered = {
        "jwk": public, "jku": "http://evil.example/jwks.json", "x5u": "http://evil.example/cert", "x5c": ["MIIB"],
        "jwks": {"keys": [public]},
    }  # fmt: skip
    forged: Forged = {"another's key under our kid": signed(thief, header, claims)}
    for name, value in offered.items():
        forged[f"another's key, {name} in the header"] = signed(thief, {**header, name: value}, claims)
    kids = ("unknown", "", "../../../dev/null", "/etc/passwd", "' OR 1=1 --", "test\x00", "x" * 400, None, 0, ["test"])
    for kid in kids:
        forged[f"another's key, kid {str(kid)[:20]!r}"] = signed(thief, {**header, "kid": kid}, claims)
    wrong: tuple[Any, ...] = (7, ["test"], {"kid": "test"}, "unknown")
    forged |= {f"our key, kid {kid!r}": signed(issuer.key, {**header, "kid": kid}, claims) for kid in wrong}
    return forged


def with_other_claims(issuer: Issuer, header: dict[str, Any], claims: dict[str, Any]) -> Forged:
    now = int(time.time())
    exps: list[Any] = [now - 61, 0, -1, None, "soon", str(now + 60), True, [], 10**400, nan, inf, -inf]
    changes: list[dict[str, Any]] = [
        *({"iss": value} for value in ("http://evil.example", "", None, 7, [issuer.url], issuer.url.upper())),
        *({"aud": value} for value in ("other", "", None, [], ["other"], 7, {"foodapp": 1}, ["foodapp", 7])),
        *({"exp": value} for value in exps),
        *({"nbf": value} for value in (now + 3600, "now", nan, 10**400)),
        *({"iat": value} for value in (now + 3600, "now", True)),
        *({"sub": value} for value in ("", None, 7, [], ["x"], {"id": "x"}, True)),
        *({"roles": value} for value in ("admin", {"admin": True}, 7, None, True, [7], [["admin"]], [None])),
    ]  # fmt: skip
    forged: Forged = {str(change)[:60]: signed(issuer.key, header, {**claims, **change}) for change in changes}
    for name in ("iss", "aud", "exp", "sub"):
        forged[f"no {name}"] = signed(issuer.key, header, {key: claims[key] for key in claims if key != name})
    for typ in ("JWT", "rt+jwt", "", None, "at+jwt ", 7, ["at+jwt"]):
        forged[f"type {typ!r}"] = signed(issuer.key, {**header, "typ": typ}, claims)
    forged["no type"] = signed(issuer.key, {"alg": "Ed25519", "kid": "test"}, claims)
    for crit in (["exp"], ["unknown"], "typ", 7, ["b64"]):
        forged[f"critical {crit!r}"] = signed(issuer.key, {**header, "crit": crit}, claims)
    return forged


def malformed(issuer: Issuer, header: dict[str, Any], claims: dict[str, Any]) -> Forged:
    good = signed(issuer.key, header, claims)
    start, middle, end = good.split(b".")
    deep = b"[" * 2500
    other_payload = part({**claims, "roles": ["admin"]})
    forged: Forged = {
        "empty": b"", "one part": start, "two parts": start + b"." + middle, "four parts": good + b".x",
        "five parts": good + b".x.y", "dots": b"..", "many dots": b"." * 100,
        "no signature": start + b"." + middle + b".", "short signature": good[:-4], "long signature": good + b"AAAA",
        "signature of zeros": start + b"." + middle + b"." + b"A" * 86,
        "other payload": start + b"." + other_payload + b"." + end,
        "other header": part({**header, "cty": "x"}) + b"." + middle + b"." + end,
        "not base64": b"!!!.###.$$$", "not UTF-8": b"\xff\xfe.\xff.\xff",
        "header is deep": part(deep) + b"." + middle + b"." + end,
    }  # fmt: skip
    for head in (["alg"], "alg", None, 7, b"{", b"\xff", b""):
        forged[f"header {head!r}"] = signed(issuer.key, head, claims)
    huge = b'{"exp":' + b"9" * 2500 + b"}"
    bodies: list[Any] = [[], "x", None, 7, b"{", b"\xff\xfe", b"", deep, huge, b'{"sub":"\\ud800"}', {}]
    for body in bodies:
        forged[f"claims {str(body)[:20]}"] = signed(issuer.key, header, body)
    for size in (5000, 30_000):
        forged[f"oversized by {size}"] = signed(issuer.key, header, {**claims, "x": "x" * size})
    return forged


async def test_hostile_tokens_are_refused(client: httpx2.AsyncClient, issuer: Issuer, an_account: Any) -> None:
    ada = await an_account()
    now = int(time.time())
    header = {"alg": "Ed25519", "typ": "at+jwt", "kid": "test"}
    claims = {
        "iss": issuer.url, "aud": issuer.audience, "sub": ada.id, "roles": ["customer"], "iat": now, "exp": now + 600,
    }  # fmt: skip
    ways: list[Callable[..., Forged]] = [with_other_algorithms, with_other_keys, with_other_claims, malformed]
    forged = {name: token for way in ways for name, token in way(issuer, header, claims).items()}
    forged["refresh token"] = ada.tokens["refresh_token"]
    secret = OctKey.generate_key(256)
    forged["encrypted"] = jwe.encrypt_compact({"alg": "dir", "enc": "A128CBC-HS256"}, b"{}", secret)
    good = await send(client, signed(issuer.key, header, claims))
    assert good.status_code == 200, good.text

    answers = {name: await send(client, token) for name, token in forged.items()}

    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code != 401} == {}
    assert len(forged) >= 100
    for name, answer in answers.items():
        assert answer.headers["WWW-Authenticate"].startswith("Bearer"), name
        assert answer.headers["Content-Type"] == "application/problem+json", name
        assert ada.id not in answer.text, name


async def send(client: httpx2.AsyncClient, token: str | bytes) -> httpx2.Response:
    raw = token.encode() if isinstance(token, str) else token
    return await client.get("/users/me", headers={b"Authorization": b"Bearer " + raw})


async def test_only_a_bearer_header_carries_a_token(client: httpx2.AsyncClient, an_account: Any) -> None:
    ada = await an_account()
    token = ada.tokens["access_token"]
    tries: list[dict[str, str]] = [
        {},
        {"Authorization": token},
        {"Authorization": f"Basic {token}"},
        {"Cookie": f"token={token}"},
    ]
    for headers in tries:
        assert (await client.get("/users/me", headers=headers)).status_code == 401
    assert (await client.get("/users/me", params={"access_token": token})).status_code == 401
    spoofed = {"X-User-Id": ada.id, "X-User-Roles": "admin"}
    assert (await client.get("/users/me", headers=spoofed)).status_code == 401
    assert (await client.get("/users/me", headers={"Authorization": f"bearer {token}"})).status_code == 200
