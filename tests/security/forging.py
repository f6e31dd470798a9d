"""Forges access tokens with the running system's key, without the checks of signing libraries."""

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from e2e.running import Running
from joserfc.jwk import ECKey, KeySet
from security.attacks import read, repeated


def part(value: Any) -> str:
    """Return one part of a token: text unchanged, anything else as JSON."""
    raw = repeated(value).encode("latin-1") if isinstance(value, str) else json.dumps(value).encode()
    return encoded(raw)


def encoded(raw: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def signature(key: ECKey, text: str) -> bytes:
    """Sign any text with ES256."""
    private: Any = key.private_key
    r, s = decode_dss_signature(private.sign(text.encode(), ECDSA(SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@dataclass(frozen=True)
class Forger:
    """Creates tokens from the recipes in corpus/tokens.yaml with the signing key."""

    key: ECKey
    issuer: str

    @classmethod
    def of(cls, running: Running) -> "Forger":
        """Return a forger with the key of a running system."""
        key = KeySet.import_key_set(json.loads(running.system.credentials.signing_keys)).keys[0]
        assert isinstance(key, ECKey)
        return cls(key, running.system.gateway_url)

    def claims(self) -> dict[str, Any]:
        """Return the claims of a valid token of an admin."""
        now = int(time.time())
        return {
            "iss": self.issuer, "aud": "foodapp", "sub": str(uuid4()), "roles": ["admin"], "iat": now, "exp": now + 600,
        }  # fmt: skip

    def token(self, claims: dict[str, Any] | None = None) -> str:
        """Return a token with a valid signature and changed claims."""
        return self.forged({"claims": claims or {}})

    def forged(self, recipe: dict[str, Any]) -> str:
        """Return the token of a recipe."""
        header = _changed({"alg": "ES256", "typ": "at+jwt", "kid": self.key.kid}, recipe, "header")
        claims = _changed(self.claims(), recipe, "claims")
        thief = ECKey.generate_key("P-256", {"kid": str(self.key.kid)})
        if offered := recipe.get("offered"):
            public = thief.as_dict(private=False)
            header[offered] = {"keys": [public]} if offered == "jwks" else public
        head, body = part(header), part(claims)
        tail = self._signature(recipe.get("signed", "ours"), f"{head}.{body}", thief)
        good = f"{head}.{body}.{tail}"
        shape = repeated(recipe.get("shape", "{good}"))
        return shape.format(good=good, head=head, body=body, tail=tail, cut=good[:-4], other=part(self.claims()))

    def _signature(self, by: str, text: str, thief: ECKey) -> str:
        public = self.key.as_dict(private=False)
        secrets = {
            "public key as PEM": self.key.as_pem(private=False), "public key as JSON": json.dumps(public).encode(),
            "public x": str(public["x"]).encode(), "nothing": b"",
        }  # fmt: skip
        if by in secrets:
            return encoded(hmac.new(secrets[by], text.encode(), hashlib.sha256).digest())
        made = {"ours": lambda: signature(self.key, text), "thief": lambda: signature(thief, text)}
        made |= {"zeros": lambda: bytes(64), "nobody": lambda: b""}
        return encoded(made[by]())


def hostile(forger: Forger) -> dict[str, str]:
    """Return every hostile token of the corpus by name."""
    return {recipe["name"]: forger.forged(recipe) for recipe in read("tokens")}


def _changed(usual: dict[str, Any], recipe: dict[str, Any], name: str) -> Any:
    """Return the default members updated by those of the recipe; text and lists replace all of them."""
    changes = recipe.get(name, {})
    if not isinstance(changes, dict):
        return changes
    merged = {**usual, **{key: _moment(value) for key, value in changes.items()}}
    return {key: value for key, value in merged.items() if value != "absent"}


def _moment(value: Any) -> Any:
    """Return `now+60` as a number of seconds, and anything else unchanged."""
    if isinstance(value, str) and value.startswith("now") and len(value) > len("now"):
        return int(time.time()) + int(value.removeprefix("now"))
    return value
