"""The payment provider: the service's own simulated rules over a log that no crash of ours takes back."""

from payment_service.provider import Answer
from payment_service.simulation import refusal, refusal_to_authorize

from foodctl.simulation.faults import Fault
from foodctl.simulation.people import PAYMENT
from payment_service.errors import ProviderUnavailableError
from payment_service.models import Operation, ProviderEntry


class Provider:
    """Does each key once. `trouble` is what befalls the next question."""

    def __init__(self, method: str) -> None:
        self.method = method
        self.log: list[ProviderEntry] = []
        self.trouble = Fault.NONE

    def ask(self, operation: Operation, amount: int, part: str = "") -> Answer:
        """Do an operation on the order's hold, or repeat the answer its key has. Raises ProviderUnavailableError."""
        if self.trouble is Fault.NO_ANSWER:
            raise ProviderUnavailableError
        entry = self.known(f"{PAYMENT}:{operation}:{part}") or self._act(operation, amount, part)
        if self.trouble is Fault.LOST_ANSWER:
            raise ProviderUnavailableError
        return Answer("hold", entry.refusal)

    def known(self, key: str) -> ProviderEntry | None:
        """Return what was done for a key."""
        return next((entry for entry in self.log if entry.key == key), None)

    def total(self, operation: Operation) -> int:
        """Sum what an operation has moved."""
        return sum(entry.amount for entry in self.done(operation))

    def done(self, operation: Operation) -> list[ProviderEntry]:
        """List what was done by one operation."""
        return [entry for entry in self.log if entry.operation is operation and entry.refusal is None]

    def _act(self, operation: Operation, amount: int, part: str) -> ProviderEntry:
        authorizing = operation is Operation.AUTHORIZE
        entry = ProviderEntry(
            key=f"{PAYMENT}:{operation}:{part}",
            operation=operation,
            hold="hold",
            method=self.method,
            amount=amount,
            currency="EUR",
            refusal=refusal_to_authorize(self.method) if authorizing else refusal(operation, amount, self.log),
        )
        self.log.append(entry)
        return entry
