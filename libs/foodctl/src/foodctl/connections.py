"""The URLs of databases and broker: from the environment, mounted secrets, or the system that was started here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from devservers.errors import UsageError
from foodctl.errors import FoodctlError
from foodctl.settings import Settings


@dataclass(frozen=True)
class Connections:
    """The database URLs by package, the broker's URL, and that of its management interface if known."""

    databases: Mapping[str, str]
    broker: str | None
    management: str | None = None

    @classmethod
    def find(cls) -> "Connections":
        """Read the environment, then the mounted secrets, then the state folder."""
        settings = Settings()
        if settings.database_urls is not None:
            return cls(settings.database_urls, settings.rabbitmq_url, settings.rabbitmq_management_url)
        if settings.secrets_dir is not None:
            return replace(cls.within(settings.secrets_dir), management=settings.rabbitmq_management_url)
        from foodctl.system import System  # noqa: PLC0415 - imports the programs of a developer's machine

        system = System.here()
        return cls(system.database_urls, system.endpoints.rabbitmq_url, system.endpoints.management_url)

    @classmethod
    def of_broker(cls) -> "Connections":
        """Read the broker's URL as `find` does; if that fails, from the environment alone, without databases."""
        settings = Settings()
        try:
            return cls.find()
        except FoodctlError:
            if settings.rabbitmq_url is None:
                raise
            return cls({}, settings.rabbitmq_url, settings.rabbitmq_management_url)

    @classmethod
    def within(cls, folder: Path) -> "Connections":
        """Read the URLs that a cluster mounts as files."""
        databases = {path.parent.name: path.read_text().strip() for path in sorted(folder.glob("*/DATABASE_URL"))}
        if not databases:
            raise UsageError(f"{folder} has no folder with a file DATABASE_URL: mount the services' secrets there")
        broker = folder / "RABBITMQ_URL"
        return cls(databases, broker.read_text().strip() if broker.exists() else None)

    def database(self, package: str) -> str:
        """Return the URL of one service's database."""
        if package not in self.databases:
            raise UsageError(
                f"there is no URL of the database {package}; there are URLs of {', '.join(self.databases)}"
            )
        return self.databases[package]
