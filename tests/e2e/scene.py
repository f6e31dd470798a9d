"""A quarter of its own for a test."""

from typing import Self

from foodctl.api import Api
from foodctl.scene import Scene as Quarter
from foodctl.scene import until

__all__ = ["Scene", "until"]


class Scene(Quarter):
    """People who only meet each other; hands-free unless a test says otherwise."""

    def __init__(
        self, anybody: Api, *, auto_accept: bool = True, auto_drive: bool = True, drivers: int = 1, online: bool = True
    ) -> None:
        super().__init__(anybody, auto_accept=auto_accept, auto_drive=auto_drive, drivers=drivers, online=online)

    @property
    def driver(self) -> Api:
        """The one driver, or the first."""
        return self.drivers[0]

    async def set(self) -> Self:
        """Bring everybody to their places."""
        await self.open()
        return self
