"""payment-service as a node: holds, captures, releases and gives back, with the service's own machine."""

from dataclasses import asdict, replace
from typing import Any, ClassVar

from typing_extensions import override

from foodchassis import Event
from foodctl.simulation.money import CANCEL, REFUNDABLE, Payment
from foodctl.simulation.node import Node
from foodctl.simulation.people import ORDER, PAYMENT
from foodctl.simulation.provider import Provider
from foodctl.simulation.work import Work
from foodevents import OrderAccepted, OrderCancelRequested, OrderCreated, OrderPaymentFailed, OrderRejected
from payment_service.errors import PaymentNotFoundError, PaymentUnansweredError, VoidRefusedError
from payment_service.machine import PAYMENT as MACHINE
from payment_service.models import Operation, PaymentStatus
from payment_service.settings import PaymentSettings

UNFINISHED = "refund.unfinished"
FINISH = PaymentSettings.model_construct().refund_finish


class PaymentNode(Node[Payment]):
    """The order's money."""

    name = "payment"
    listens: ClassVar[frozenset[type[Event]]] = frozenset(
        {OrderCreated, OrderAccepted, OrderRejected, OrderPaymentFailed, OrderCancelRequested}
    )

    def __init__(self, first_id: int, provider: Provider) -> None:
        super().__init__(first_id)
        self.provider = provider

    @override
    def handle(self, work: Work[Payment], event: Event) -> None:
        match event:
            case OrderCreated():
                self.authorize(work, event)
            case OrderAccepted():
                self.capture(work)
            case OrderRejected() | OrderPaymentFailed():
                self.close(work, 0)
            case OrderCancelRequested():
                self.close(work, event.keep)

    @override
    def ring(self, work: Work[Payment], timer: str) -> None:
        """Ask again about a refund that was begun and not finished."""
        self.finish(work)

    def authorize(self, work: Work[Payment], order: OrderCreated) -> None:
        """Hold the total; the intention is stored in a transaction of its own before the provider is asked."""
        if self.row is None:
            self.row = Payment(MACHINE.step(None, order.routing_key).target, order.total, order.currency)
        work.row = self.row
        if work.row.status is not PaymentStatus.AUTHORIZING:
            return
        refusal = self.ask(Operation.AUTHORIZE, work.row.amount)
        self.advance(work, "provider.declined" if refusal else "provider.authorized", reason=refusal or "")

    def capture(self, work: Work[Payment]) -> None:
        """Take what is held, unless it was taken or released before."""
        payment = self.known(work)
        if payment.status not in {PaymentStatus.AUTHORIZING, PaymentStatus.AUTHORIZED}:
            return
        MACHINE.step(payment.status, "provider.captured")
        if refusal := self.ask(Operation.CAPTURE, payment.amount):
            self.ask(Operation.VOID, 0)
            self.advance(work, "provider.capture_refused", reason=refusal)
        else:
            self.advance(work, "provider.captured", captured=payment.amount)

    def close(self, work: Work[Payment], keep: int) -> None:
        """Release what is held, or give back what was taken but for `keep`."""
        payment = self.known(work)
        if payment.status is PaymentStatus.AUTHORIZING:
            raise PaymentUnansweredError
        if payment.status is PaymentStatus.AUTHORIZED:
            if refusal := self.ask(Operation.VOID, 0):
                # Captured, and we died before we wrote it down: that comes first.
                raise VoidRefusedError(refusal)
            self.advance(work, "provider.voided")
        elif payment.status in {*REFUNDABLE, PaymentStatus.REFUNDED}:
            self.finish(work)
            payment = self.known(work)
            if CANCEL not in payment.causes:
                self.refund(work, CANCEL, max(0, payment.amount - payment.refunded - keep))

    def give_back(self, work: Work[Payment], cause: str) -> None:
        """Give half of it back as an admin wishes, if so much is left; a later cancel has to mind that."""
        self.finish(work)
        payment = self.known(work)
        if cause not in payment.causes and payment.amount // 2 <= payment.amount - payment.refunded:
            self.refund(work, cause, payment.amount // 2)

    def refund(self, work: Work[Payment], cause: str, amount: int) -> None:
        """Give back `amount` for a cause; the intention is stored in a transaction of its own."""
        self.begin_refund(work, cause, amount)
        self.finish(work)

    def begin_refund(self, work: Work[Payment], cause: str, amount: int) -> None:
        """Store what the provider is to be asked, and when at the latest it is asked again."""
        assert self.row is not None
        self.row = replace(self.row, begun=(*self.row.begun, (cause, amount)))
        self.timers[UNFINISHED] = work.now + FINISH
        self.commits += 1
        work.row = replace(self.known(work), begun=((cause, amount),))
        work.set_timer(UNFINISHED, FINISH.total_seconds())

    def finish(self, work: Work[Payment]) -> None:
        """Finish the refunds that were begun, oldest first: whoever touches the payment next does so."""
        for cause, amount in self.known(work).begun:
            payment = self.known(work)
            refusal = self.ask(Operation.REFUND, amount, cause) if amount else None
            if refusal:
                self.advance(work, "provider.refund_refused", amount, reason=refusal)
                continue
            back = {"refunded": payment.refunded + amount, "causes": (*payment.causes, cause)}
            self.advance(work, "provider.refunded" if amount else "cancel.kept", amount, cause, **back)
        work.row = replace(self.known(work), begun=())
        work.clear_timer(UNFINISHED)

    def known(self, work: Work[Payment]) -> Payment:
        """Return the payment. Raises PaymentNotFoundError before the order was announced."""
        if work.row is None:
            raise PaymentNotFoundError
        return work.row

    def ask(self, operation: Operation, amount: int, part: str = "") -> str | None:
        """Ask the provider and return its refusal, if it has one."""
        return self.provider.ask(operation, amount, part).refusal

    def advance(
        self, work: Work[Payment], trigger: str, amount: int | None = None, cause: str = "", **changes: Any
    ) -> None:
        """Take the machine's step with its changes, and publish its event."""
        changed = replace(self.known(work), **changes)
        step = MACHINE.step(changed.status, trigger, changed)
        work.row = replace(changed, status=step.target, version=changed.version + 1)
        assert step.emits is not None
        assert issubclass(step.emits, Event)
        facts = {**asdict(work.row), "payment_id": PAYMENT, "order_id": ORDER, "cause": cause}
        work.publish(
            step.emits.model_validate(facts | ({} if amount is None else {"amount": amount})), work.row.version
        )
