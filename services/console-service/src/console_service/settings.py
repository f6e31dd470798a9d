"""The console's settings."""

from typing import ClassVar

from pydantic import Field

from foodchassis import ServiceSettings

LINK = r"^(https?://\S+)?$"


class ConsoleSettings(ServiceSettings):
    """Settings of the console, which has no database and handles no events."""

    url_servers: ClassVar[dict[str, str]] = {**ServiceSettings.url_servers, "api_url": "services"}

    service_name: str = "console-service"
    service_namespace: str = "foodapp"
    auth_audience: str = "foodapp"

    api_url: str = Field(default="http://127.0.0.1:8000", description="the URL of the gateway for this service")
    api_timeout: float = Field(default=10.0, gt=0, description="seconds for one response of the API")
    session_seconds: int = Field(default=43_200, gt=0, description="maximum duration of a log-in")
    refresh_seconds: float = Field(default=0.25, gt=0, description="minimum seconds between updates of a page")
    look_seconds: float = Field(default=5.0, gt=0, description="seconds between polls of data without a stream")
    grafana_url: str = Field(
        default="", pattern=LINK, description="the URL of Grafana for browsers; no link without it"
    )
    jaeger_url: str = Field(default="", pattern=LINK, description="the URL of Jaeger for browsers; no link without it")

    @property
    def behind_tls(self) -> bool:
        """Whether browsers use HTTPS, so that the cookie is only sent over HTTPS."""
        return self.auth_issuer.startswith("https://")
