"""A separate district for a test."""

from typing import Self

from foodctl.api import Api
from foodctl.scene import Scene as District
from foodctl.scene import until

__all__ = ["Scene", "until"]


class Scene(District):
    """Users isolated from other tests; they act automatically by default."""

    def __init__(
        self,
        anonymous: Api,
        *,
        auto_accept: bool = True,
        auto_drive: bool = True,
        drivers: int = 1,
        online: bool = True,
    ) -> None:
        super().__init__(anonymous, auto_accept=auto_accept, auto_drive=auto_drive, drivers=drivers, online=online)

    @property
    def driver(self) -> Api:
        """The one driver, or the first."""
        return self.drivers[0]

    async def set(self) -> Self:
        """Create the users and bring them online."""
        await self.open()
        return self
