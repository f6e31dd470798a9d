"""Counts used resources in total and per holder, and refuses uses over a limit."""

from api_gateway.errors import AllInUseError, ShareInUseError


class Bound:
    """A limit of `total` concurrent uses, and of `share` for one holder."""

    def __init__(self, things: str, *, total: int, share: int) -> None:
        self._things = things
        self._total = total
        self._share = share
        self._held: dict[str, int] = {}
        self.in_use = 0

    def check(self, holder: str) -> None:
        """Raise ShareInUseError or AllInUseError when `holder` has reached a limit; the holder "" has no share."""
        if self.in_use >= self._total:
            raise AllInUseError(f"All {self._total} {self._things} are in use; try again shortly.")
        if holder and self._held.get(holder, 0) >= self._share:
            raise ShareInUseError(f"You have {self._share} {self._things} in use; end one first, then try again.")

    def take(self, holder: str) -> None:
        """Count one more use for `holder`. Raises the errors of `check`."""
        held = self._held.get(holder, 0)
        if self.in_use >= self._total or held >= self._share:
            self.check(holder)
        self.in_use += 1
        if holder:
            self._held[holder] = held + 1

    def release(self, holder: str) -> None:
        """Count one less use for `holder`."""
        self.in_use -= 1
        if holder:
            left = self._held[holder] - 1
            if left:
                self._held[holder] = left
            else:
                del self._held[holder]
