"""Refresh tokens: random strings that mean nothing, of which only a digest is stored."""

import hashlib
import secrets

TOKEN_BYTES = 32


def new_token() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> bytes:
    """Return what is stored of a token; its 256 random bits need neither salt nor a slow hash."""
    return hashlib.sha256(token.encode()).digest()
