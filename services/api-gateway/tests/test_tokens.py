import base64
import json
import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from foodchassis.testing import Issuer

NOW = int(time.time())
CLAIMS = {
    "iss": "http://localhost:8000", "aud": "foodapp", "sub": "0190aaaa-0000-7000-8000-000000000001",
    "roles": ["admin"], "iat": NOW, "exp": NOW + 600,
}  # fmt: skip
END = b"\r\n\r\n"
HEADER = {"alg": "Ed25519", "typ": "at+jwt", "kid": "test"}


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def hostile(issuer: Issuer) -> dict[str, str]:
    good = issuer.token()
    head, claims, signature = good.split(".")
    stranger = OKPKey.generate_key("Ed25519", {"kid": "test"})
    public = json.dumps(issuer.key.as_dict(private=False)).encode()
    elliptic, rsa = ECKey.generate_key("P-256"), RSAKey.generate_key(2048)

    def signed(key: Any = issuer.key, header: dict[str, Any] | None = None, **changed: Any) -> str:
        header = {**HEADER, **(header or {})}
        merged = {name: value for name, value in {**CLAIMS, **changed}.items() if value is not None}
        return jwt.encode(header, merged, key, algorithms=["Ed25519", "HS256", "ES256", "RS256"])

    def unsigned(header: Any, body: Any = CLAIMS, tail: str = "") -> str:
        return f"{part(header)}.{part(body)}.{tail}"

    embedded = {"jwk": stranger.as_dict(private=False)}
    return {
        "empty": "", "word": "x", "dots": "..", "many dots": "a.b.c.d.e",
        "none": unsigned({"alg": "none", "typ": "at+jwt"}),
        "None": unsigned({**HEADER, "alg": "None"}), "NONE": unsigned({**HEADER, "alg": "NONE"}, tail=signature),
        "no alg": unsigned({"typ": "at+jwt"}, tail=signature),
        "alg list": unsigned({**HEADER, "alg": ["Ed25519"]}, tail=signature),
        "alg null": unsigned({**HEADER, "alg": None}), "alg number": unsigned({**HEADER, "alg": 1}),
        "no signature": f"{head}.{claims}.", "no dot": f"{head}.{claims}",
        "zero signature": f"{head}.{claims}.{part(bytes(64))}",
        "cut signature": good[:-4], "other claims": f"{head}.{part(CLAIMS)}.{signature}",
        "twice": f"{good} {good}", "comma": f"{good},{good}", "trailing": good + ".x", "padding": good + "==",
        "header is a list": f"{part([])}.{claims}.{signature}",
        "header is text": f"{part(b'x')}.{claims}.{signature}",
        "claims are a list": unsigned(HEADER, [], signature), "claims are text": unsigned(HEADER, b"x", signature),
        "deep": unsigned(HEADER, b"[" * 1000, signature), "not utf-8": unsigned(HEADER, b"\xff\xfe", signature),
        "nul": f"{head}.{claims}\\0.{signature}", "percent": "%00", "umlaut": "tökén", "jwe": "a.b.c.d.e",
        "oversized": good + "A" * 5000,
        "another's key": signed(stranger), "another's kid": signed(stranger, {"kid": "other"}),
        "embedded key": signed(stranger, embedded),
        "key url": signed(stranger, {"jku": "http://127.0.0.1:1/keys"}),
        "certificate url": signed(stranger, {"x5u": "http://127.0.0.1:1/c"}),
        "kid path": signed(stranger, {"kid": "../../../dev/null"}),
        "kid sql": signed(stranger, {"kid": "' OR 1=1 --"}),
        "public key as secret": signed(OctKey.import_key(public), {"alg": "HS256"}),
        "raw public key as secret": signed(
            OctKey.import_key(base64.urlsafe_b64decode(str(issuer.key.as_dict(private=False)["x"]) + "==")),
            {"alg": "HS256"}
        ),
        "elliptic": signed(elliptic, {"alg": "ES256"}), "rsa": signed(rsa, {"alg": "RS256"}),
        "wrong issuer": signed(iss="http://evil"), "no issuer": signed(iss=None),
        "wrong audience": signed(aud="other"),
        "no audience": signed(aud=None), "expired": signed(exp=NOW - 3600), "no expiry": signed(exp=None),
        "expiry text": signed(exp="never"),
        "not yet": signed(nbf=NOW + 3600), "no subject": signed(sub=None), "id token": signed(header={"typ": "JWT"}),
        "refresh token": signed(header={"typ": "rt+jwt"}), "roles text": signed(roles="admin"),
        "critical": f"{part({**HEADER, 'crit': ['x'], 'x': 1})}.{claims}.{signature}",
    }  # fmt: skip


async def test_no_hostile_token_passes(start: Any, issuer: Issuer) -> None:
    gateway = await start(ADDRESS_BURST=1000)
    tokens = hostile(issuer)
    passed = {}

    for name, token in tokens.items():
        authorization = b"Authorization: Bearer " + token.encode("latin-1")
        received = await gateway.raw(b"GET /orders HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + authorization + END)
        head = received.lower()
        if not head.startswith(b"http/1.1 401 ") or b"application/problem+json" not in head:
            passed[name] = received
        if b"\r\nwww-authenticate: bearer" not in head:
            passed[name] = received

    assert passed == {}
    assert len(tokens) >= 40
    assert gateway.service.seen == []


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_a_good_token_passes_and_goes_on(gateway: Any, issuer: Issuer, scheme: str) -> None:
    token = issuer.token()

    response = await gateway.http.get("/orders", headers={"Authorization": f"{scheme} {token}"})

    assert response.status_code == 200
    assert gateway.service.seen[0].values("authorization") == [f"{scheme} {token}"]


async def test_without_a_token_the_service_decides(gateway: Any) -> None:
    basic = await gateway.http.post("/auth/token", headers={"Authorization": "Basic eDp5"})
    none = await gateway.http.get("/restaurants")

    assert (basic.status_code, none.status_code, len(gateway.service.seen)) == (200, 200, 2)


async def test_without_keys_nobody_with_a_token_comes_in(start: Any, issuer: Issuer) -> None:
    gateway = await start(AUTH_JWKS="", AUTH_JWKS_URL="http://127.0.0.1:1/keys")

    response = await gateway.http.get("/orders", headers=issuer.bearer())

    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    assert gateway.service.seen == []
