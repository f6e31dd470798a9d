"""Settings of accounts, passwords, tokens and log-in limits."""

import json
from functools import cached_property
from typing import Self

from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from foodchassis import ServiceSettings

CURVES = frozenset({"P-256", "Ed25519"})


class AccountSettings(ServiceSettings):
    """What it takes to store accounts; the defaults of argon2id are those of RFC 9106 for little memory."""

    service_name: str = "user-service"

    password_memory_kib: int = 65_536
    password_time_cost: int = 3
    password_parallelism: int = 4
    password_threads: int = Field(
        default=2, ge=1, description="passwords hashed at a time; each takes a core and its memory"
    )
    password_queue: int = Field(
        default=64, ge=1, description="passwords that may wait, for sign-up and for log-in each; more get 503"
    )
    password_queue_per_client: int = Field(default=16, ge=1, description="the same for one network address")
    access_token_seconds: int = 900
    password_retry_after: int = Field(default=2, ge=1, description="seconds to wait after such a 503")


class UserSettings(AccountSettings):
    """Settings of the running service; it does not start without keys to sign with."""

    # A refused setting must not print the private keys.
    model_config = SettingsConfigDict(hide_input_in_errors=True)

    signing_keys: SecretStr = Field(
        description="private JWKS of P-256 (ES256) or Ed25519 keys: the first signs, all are published"
    )
    jwks_seconds: int = Field(default=300, description="how long others may keep the published keys")
    refresh_token_seconds: int = Field(default=30 * 24 * 3600, description="a log-in ends when unused for so long")
    login_seconds: int = Field(default=90 * 24 * 3600, description="a log-in ends after so long, however it is used")
    refresh_repeat_seconds: int = Field(
        default=30, ge=0, description="how long a used refresh token returns the same new one: an answer may be lost"
    )
    revocation_interval: float = Field(
        default=5.0, gt=0, description="seconds between two checks that Redis has every revocation"
    )

    login_window_seconds: int = Field(default=900, description="how long failed log-ins are counted against the limits")
    login_attempts_per_account: int = 10
    login_attempts_per_address: int = 100
    trusted_proxies: int = Field(
        default=1, ge=0, description="proxies before us that append to X-Forwarded-For; 0 ignores the header"
    )

    @cached_property
    def key_set(self) -> KeySet:
        """The keys that SIGNING_KEYS holds."""
        return KeySet.import_key_set(json.loads(self.signing_keys.get_secret_value()))

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        try:
            usable = all(k.is_private and getattr(k, "curve_name", None) in CURVES for k in self.key_set)
        except (JoseError, ValueError, TypeError, KeyError):
            usable = False
        if not usable:
            msg = "SIGNING_KEYS must be a JWKS document of private keys, P-256 or Ed25519"
            raise ValueError(msg)
        if self.auth_jwks is None and self.auth_jwks_url is None:
            # The issuer need not fetch its own keys.
            self.auth_jwks = json.dumps(self.key_set.as_dict(private=False))
        return self
