"""Refresh tokens: random strings without meaning, of which only a digest is stored."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode

TOKEN_BYTES = 32


def new_token() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def new_salt() -> bytes:
    """Return what makes a token's successor, together with the token."""
    return secrets.token_bytes(TOKEN_BYTES)


def successor(token: str, salt: bytes) -> str:
    """Return the token that replaces `token`: the same whenever it is presented, and unknown to the database."""
    return urlsafe_b64encode(hmac.digest(token.encode(), salt, "sha256")).rstrip(b"=").decode()


def digest(token: str) -> bytes:
    """Return what is stored of a token; its 256 random bits need neither salt nor a slow hash."""
    return hashlib.sha256(token.encode()).digest()
