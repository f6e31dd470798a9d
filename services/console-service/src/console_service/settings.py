"""The console's settings: where the API is, and how long a log-in lasts."""

from typing import ClassVar

from pydantic import Field

from foodchassis import ServiceSettings

LINK = r"^(https?://\S+)?$"


class ConsoleSettings(ServiceSettings):
    """What is to be chosen for the console; it has no database and handles no events."""

    url_servers: ClassVar[dict[str, str]] = {**ServiceSettings.url_servers, "api_url": "services"}

    service_name: str = "console-service"
    service_namespace: str = "foodapp"
    auth_audience: str = "foodapp"

    api_url: str = Field(default="http://127.0.0.1:8000", description="the gateway, as this service reaches it")
    api_timeout: float = Field(default=10.0, gt=0, description="seconds for one answer of the API")
    session_seconds: int = Field(default=43_200, gt=0, description="how long a log-in lasts, at most")
    refresh_seconds: float = Field(default=0.25, gt=0, description="seconds between updates of a page, at least")
    look_seconds: float = Field(default=5.0, gt=0, description="seconds between polls of what has no stream")
    jaeger_url: str = Field(default="", pattern=LINK, description="where browsers reach Jaeger; no link without")

    @property
    def behind_tls(self) -> bool:
        """Whether browsers come by HTTPS, so that the cookie is sent by HTTPS alone."""
        return self.auth_issuer.startswith("https://")
