"""The payment provider: the service's own simulated rules over a log that no crash of ours takes back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from foodctl.simulation.people import BEGINNING
from payment_service.models import Operation, ProviderEntry
from payment_service.rules.commands import Answer
from payment_service.rules.simulated import refusal, refusal_to_authorize


class Provider:
    """Does each key once."""

    def __init__(self) -> None:
        self.log: list[ProviderEntry] = []

    def ask(self, key: str, wanted: Mapping[str, Any]) -> Answer:
        """Do an operation on the order's hold, or repeat the answer that its key has."""
        entry = self.known(key) or self._act(key, Operation(wanted["operation"]), wanted)
        return Answer(key, entry.hold, entry.refusal)

    def known(self, key: str) -> ProviderEntry | None:
        """Return what was done for a key."""
        return next((entry for entry in self.log if entry.key == key), None)

    def done(self, operation: Operation) -> list[int]:
        """List the amounts that one operation has moved."""
        return [entry.amount for entry in self.log if entry.operation is operation and entry.refusal is None]

    def _act(self, key: str, operation: Operation, wanted: Mapping[str, Any]) -> ProviderEntry:
        past = [entry for entry in self.log if entry.hold == wanted["hold"]]
        method, amount, authorizing = wanted["method"], wanted["amount"], operation is Operation.AUTHORIZE
        refused = refusal_to_authorize(method) if authorizing else refusal(operation, amount, past)
        hold, method = wanted["hold"] or f"hold {key}", method if authorizing else past[0].method
        facts: dict[str, Any] = {"id": UUID(int=len(self.log)), "hold": hold, "method": method, "at": BEGINNING}
        entry = ProviderEntry(
            **facts, key=key, operation=operation, amount=amount, currency=wanted["currency"], refusal=refused
        )
        self.log.append(entry)
        return entry
