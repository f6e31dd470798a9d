"""The gateway's settings: routes, limits and time-outs."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network
from typing import Self

from pydantic import Field, model_validator
from typing_extensions import override

from foodchassis import ServiceSettings

DEFAULT_METRICS_PORT = 9464
ADDRESS = re.compile(r"https?://[^/,\s]+(?:/[^,\s]*)?")


class GatewaySettings(ServiceSettings):
    """Routes, limits and timeouts of the gateway; dictionaries are written as JSON."""

    service_name: str = "api-gateway"
    service_namespace: str = "foodapp"
    auth_audience: str = "foodapp"

    upstreams: dict[str, str] = Field(
        default={
            "user": "http://127.0.0.1:8001",
            "menu": "http://127.0.0.1:8002",
            "order": "http://127.0.0.1:8003",
            "payment": "http://127.0.0.1:8004",
            "delivery": "http://127.0.0.1:8005",
            "console": "http://127.0.0.1:8006",
        },
        description="the URLs of each service, separated by commas",
    )
    routes: dict[str, str] = Field(
        default={
            "/users": "user",
            "/audit": "user",
            "/auth": "user",
            "/.well-known": "user",
            "/operations/user-service": "user",
            "/restaurants": "menu",
            "/operations/menu-service": "menu",
            "/restaurants/*/stream": "order",
            "/quotes": "order",
            "/orders": "order",
            "/operations/order-service": "order",
            "/payments": "payment",
            "/settlements": "payment",
            "/operations/payment-service": "payment",
            "/drivers": "delivery",
            "/offers": "delivery",
            "/deliveries": "delivery",
            "/operations/delivery-service": "delivery",
            "/console": "console",
        },
        description="path prefixes, in which `*` is any one segment, with the name of the upstream; "
        "the longest match wins",
    )
    behind_tls: bool = Field(default=False, description="clients use HTTPS; by default if AUTH_ISSUER is an https URL")
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(), description="proxies whose X-Forwarded-* and traceparent headers are trusted"
    )

    identity_rate: float = Field(default=50, gt=0, description="requests per second of one caller")
    identity_burst: int = Field(default=100, gt=0)
    address_rate: float = Field(default=200, gt=0, description="requests per second from one address")
    address_burst: int = Field(default=400, gt=0)
    health_rate: float = Field(default=100, gt=0, description="requests per second to /health from one address")
    health_burst: int = Field(default=200, gt=0)
    limiter_lease: int = Field(
        default=100, gt=0, description="tokens taken in advance for one caller; at most a twentieth of its burst"
    )
    limiter_timeout: float = Field(default=0.25, gt=0, description="seconds to wait for Redis before limiting locally")
    limiter_probe_interval: float = Field(
        default=1.0, gt=0, description="seconds between probes of Redis while it is down"
    )

    upstream_timeout: float = Field(default=10.0, gt=0, description="seconds for a complete response")
    upstream_timeouts: dict[str, float] = Field(default={}, description="the same for single upstreams")
    upstream_connect_timeout: float = Field(default=2.0, gt=0)
    upstream_keepalive: float = Field(
        default=3.0, gt=0, description="seconds an unused connection stays open; less than at the services"
    )
    upstream_calls: int = Field(default=1000, gt=0, description="concurrent calls to each upstream")
    upstream_calls_per_caller: int = Field(default=64, gt=0, description="of these, those of one caller")
    max_streams: int = Field(default=2000, gt=0, description="concurrent event streams and very long responses")
    max_streams_per_caller: int = Field(default=16, gt=0, description="of these, those of one caller")
    stream_timeout: float = Field(
        default=3600.0, gt=0, description="maximum seconds of a stream, after which clients reconnect"
    )
    stream_idle_timeout: float = Field(default=60.0, gt=0, description="seconds without an event or a heartbeat")
    breaker_threshold: int = Field(default=5, gt=0, description="consecutive failures that eject an address")
    breaker_open_seconds: float = Field(default=2.0, gt=0, description="seconds between readiness probes")
    stall_calls: int = Field(
        default=5, gt=0, description="concurrently waiting calls from which on an address can count as stalled"
    )
    stall_seconds: float = Field(default=3.0, gt=0, description="minimum seconds without any response to them")

    head_bytes: int = Field(default=32_768, gt=0, description="bytes of a request's head, or of its trailers")
    head_timeout: float = Field(default=10.0, gt=0, description="seconds a client may take to send a request's head")
    client_idle_timeout: float = Field(default=20.0, gt=0, description="seconds a connection is kept between requests")
    send_timeout: float = Field(
        default=30.0, gt=0, description="seconds within which a client must read a part of its response"
    )
    max_connections: int = Field(default=4096, gt=0, description="of all clients; at most half of the process's files")
    max_connections_per_address: int = Field(default=128, gt=0, description="a /64 of IPv6 is one address")
    unlimited_addresses: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(IPv4Network("127.0.0.0/8"), IPv6Network("::1/128")),
        description="networks without a limit of connections per address, in addition to trusted proxies",
    )

    max_uploads: int = Field(default=256, gt=0, description="concurrently received bodies")
    max_uploads_per_caller: int = Field(default=16, gt=0, description="of these, those of one caller")
    body_timeout: float = Field(default=15.0, gt=0, description="seconds a client may take to send its body")
    max_answer_bytes: int = Field(default=2_097_152, description="longer responses are streamed instead of buffered")
    compress_bytes: int = Field(default=4096, gt=0, description="minimum bytes of compressed responses")
    max_header_bytes: int = 16_384
    max_headers: int = 100
    max_target_bytes: int = 8_192
    openapi_ttl: float = Field(default=60.0, description="cache seconds of a complete joined document")
    openapi_retry: float = Field(default=2.0, description="cache seconds of an incomplete one")

    def addresses(self, name: str) -> list[str]:
        """Return the addresses of a service."""
        return [one.strip().rstrip("/") for one in self.upstreams[name].split(",")]

    @override
    def urls(self) -> Iterator[tuple[str, str, str]]:
        yield from super().urls()
        for name in self.upstreams:
            for address in self.addresses(name):
                yield "UPSTREAMS", address, "services"

    @model_validator(mode="after")
    def _complete(self) -> Self:
        unknown = sorted(set(self.routes.values()) - set(self.upstreams))
        if unknown:
            raise ValueError(f"ROUTES names upstreams that UPSTREAMS lacks: {', '.join(unknown)}")
        for name in self.upstreams:
            if wrong := [one for one in self.addresses(name) if not ADDRESS.fullmatch(one)]:
                raise ValueError(f"UPSTREAMS has no address like http://host:port for {name}: {wrong[0]!r}")
        if self.auth_jwks is None and self.auth_jwks_url is None and "user" in self.upstreams:
            self.auth_jwks_url = self.addresses("user")[0] + "/.well-known/jwks.json"
        self.behind_tls |= self.auth_issuer.startswith("https://")
        if self.environment == "prod" and self.metrics_port is None:
            # The public port must not expose the health of the system.
            self.metrics_port = DEFAULT_METRICS_PORT
        return self
