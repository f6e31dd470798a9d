"""Checks the payment of an order after any ending."""

from e2e.scene import Scene, until

from foodctl.api import Json

KEPT = frozenset({"captured", "partially_refunded", "refunded"})
PAYMENTS = {
    "placed": frozenset({"authorized"}),
    "paid": KEPT,
    "assigned": KEPT,
    "picked_up": KEPT,
    "delivered": KEPT,
    "undeliverable": KEPT,
    "payment_failed": frozenset({"declined", "voided"}),
    "rejected": frozenset({"voided"}),
    "cancelled": frozenset({"voided", "declined", "capture_failed", "refunded", "partially_refunded"}),
}
REFUNDS = {"captured": 0, "authorized": 0, "voided": 0, "declined": 0, "capture_failed": 0}


async def check_money(play: Scene, order: Json) -> None:
    """Check the payment and history of an order without pending work; waits for changes that follow its end."""

    async def follows() -> Json | None:
        payment = await play.payment(order)
        return payment if payment["status"] in PAYMENTS[order["status"]] else None

    payment = await until(follows)
    assert payment is not None
    refunded = payment["refunded"]
    assert payment["amount"] == order["total"]
    assert 0 <= refunded <= payment["amount"]
    assert REFUNDS.get(payment["status"], refunded) == refunded
    assert (payment["status"] == "refunded") == (refunded == payment["amount"])
    if order["status"] == "cancelled" and payment["status"] in KEPT:
        # An admin may have refunded more than the cancellation does.
        assert payment["amount"] - refunded <= order["keep"]
    entries = (await play.customer.call("GET", f"/orders/{order['id']}/timeline"))["entries"]
    assert [entry["sequence"] for entry in entries] == list(range(1, order["version"] + 1))
