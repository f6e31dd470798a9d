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
    """Return the salt from which, together with a token, its successor is derived."""
    return secrets.token_bytes(TOKEN_BYTES)


def successor(token: str, salt: bytes) -> str:
    """Return the token that replaces `token`: the same each time it is presented, and not stored in the database."""
    return urlsafe_b64encode(hmac.digest(token.encode(), salt, "sha256")).rstrip(b"=").decode()


def digest(token: str) -> bytes:
    """Return the digest of a token to store; 256 random bits need neither a salt nor a slow hash."""
    return hashlib.sha256(token.encode()).digest()
