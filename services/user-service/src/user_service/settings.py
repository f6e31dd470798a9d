"""Settings of accounts, passwords, tokens and log-in limits."""

import json
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Self

from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from foodevents import FoodSettings

CURVES = frozenset({"P-256", "Ed25519"})


class AccountSettings(FoodSettings):
    """Settings that store accounts; the defaults of argon2id are those of RFC 9106 for low memory."""

    service_name: str = "user-service"

    password_memory_kib: int = 65_536
    password_time_cost: int = 3
    password_parallelism: int = 4
    password_threads: int = Field(
        default=2, ge=1, description="passwords hashed at a time; each takes a core and its memory"
    )
    password_queue: int = Field(
        default=64,
        ge=1,
        description="passwords that may wait, for sign-up and for log-in each; further requests get 503",
    )
    password_queue_per_client: int = Field(default=16, ge=1, description="the same for one network address")
    access_token_seconds: int = 900
    password_retry_after: int = Field(default=2, ge=1, description="seconds to wait after such a 503")


class UserSettings(AccountSettings):
    """Settings of the running service; it does not start without keys to sign with."""

    # The error of an invalid setting must not print the private keys.
    model_config = SettingsConfigDict(hide_input_in_errors=True)
    url_servers: ClassVar[dict[str, str]] = {**FoodSettings.url_servers, "account_pages_url": "clients"}

    signing_keys: SecretStr = Field(
        description="private JWKS of P-256 (ES256) or Ed25519 keys: the first signs, all are published"
    )
    jwks_seconds: int = Field(default=300, description="how long others may cache the published keys")
    refresh_token_seconds: int = Field(default=30 * 24 * 3600, description="a log-in ends when unused for this long")
    login_seconds: int = Field(
        default=90 * 24 * 3600, description="a log-in ends after this time, even when it is used"
    )
    sessions_per_account: int = Field(default=50, ge=1, description="one more log-in ends the least recently used one")
    clients_per_account: int = Field(default=20, ge=1, description="API clients; more are refused with 409")
    client_secret_overlap_seconds: int = Field(
        default=24 * 3600, ge=0, description="how long the former secret of an API client stays valid after a rotation"
    )
    addresses_per_account: int = Field(default=50, ge=1, description="more are refused with 409")
    refresh_repeat_seconds: int = Field(
        default=30,
        ge=0,
        description="how long a used refresh token returns the same new one, in case the response was lost",
    )
    upkeep_interval: float = Field(
        default=5.0, gt=0, description="seconds between runs that restore revocations and delete expired rows"
    )
    audit_read_days: int = Field(default=365, ge=1, description="days until reads of admins are deleted")

    login_window_seconds: int = Field(default=900, description="how long failed log-ins are counted against the limits")
    login_attempts_per_account: int = Field(
        default=10, ge=1, description="failures of an account from one address before each next one has to wait"
    )
    login_attempts_from_strangers: int = Field(
        default=50, ge=1, description="the same from all addresses together that never logged in there"
    )
    login_attempts_per_address: int = Field(default=100, ge=1, description="failures from one address in the window")
    login_delay_seconds: int = Field(default=1, ge=1, description="the first wait; each further failure doubles it")
    login_delay_longest: int = 900
    login_delay_longest_for_strangers: int = Field(
        default=30, description="the longest wait at an address that the account does not know"
    )
    login_known_seconds: int = Field(default=90 * 24 * 3600, description="how long an address stays known")
    trusted_proxies: int = Field(
        default=1, ge=0, description="proxies before us that append to X-Forwarded-For; 0 ignores the header"
    )

    smtp_url: SecretStr | None = Field(
        default=None, description="smtp://, smtp+starttls:// or smtps://user:password@host:port"
    )
    mail_folder: Path | None = Field(
        default=None, description="the folder to which e-mails are written without SMTP_URL"
    )
    mail_from: str = "foodapp <no-reply@localhost>"
    mail_queue: int = Field(default=1_000, ge=1, description="e-mails that may wait to be sent; more are dropped")
    mail_retry_delays: tuple[float, ...] = Field(default=(1.0, 5.0), description="seconds before each retry")
    mail_window_seconds: int = 3_600
    mails_per_recipient: int = Field(default=5, ge=1, description="links to one recipient in the window")
    mails_per_client: int = Field(
        default=30, ge=1, description="links that one network address may request in the window"
    )
    account_pages_url: str | None = Field(
        default=None, description="the pages that links lead to: /sign-up, /reset-password, … below it"
    )
    reset_link_seconds: int = 3_600
    email_link_seconds: int = 24 * 3_600
    sign_up_confirms_email: bool | None = Field(
        default=None,
        description="answer every sign-up with 202 and a link by e-mail, so that no response "
        "reveals who has an account; otherwise 201 or 409. Without a value: only in prod",
    )

    @property
    def confirms_sign_ups(self) -> bool:
        """Whether an account is created only when the link in its e-mail is opened."""
        chosen = self.sign_up_confirms_email
        return self.environment == "prod" if chosen is None else chosen

    @property
    def pages(self) -> str:
        """The URL that links by e-mail begin with."""
        return self.account_pages_url or f"{self.auth_issuer.rstrip('/')}/account"

    @cached_property
    def key_set(self) -> KeySet:
        """The keys that SIGNING_KEYS holds."""
        return KeySet.import_key_set(json.loads(self.signing_keys.get_secret_value()))

    @model_validator(mode="after")
    def _check_mail(self) -> Self:
        if self.environment == "prod" and self.confirms_sign_ups and self.smtp_url is None:
            msg = "In prod sign-ups are confirmed by e-mail: set SMTP_URL, or SIGN_UP_CONFIRMS_EMAIL=false"
            raise ValueError(msg)
        return self

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
