"""What a check has against the manifests."""

from dataclasses import dataclass

from typing_extensions import override


@dataclass(frozen=True, order=True)
class Finding:
    """One mistake: where it is and what is wrong with it; the check that saw it is added by who ran it."""

    where: str
    message: str
    check: str = ""

    @override
    def __str__(self) -> str:
        return f"{self.check}: {self.where}: {self.message}"
