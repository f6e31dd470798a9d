"""The shares of the payees in a captured amount, in minor units.

| payee | share of an order without refunds |
| --- | --- |
| restaurant | the subtotal and its tax, less the platform's commission |
| driver | the delivery fee and the tip |
| platform | the service fee, and a commission on the subtotal |
| tax | the tax on the fees, which the platform owes the state |

If prices include the tax, driver and platform get their fees without it. The commission is rounded half up; the four
shares always sum to the captured amount that was not refunded. Refunds reduce the shares of one payee after the
other. For a cancelled order the fees and the tip are refunded first, because the customer only pays for the
restaurant's food. For any other order the restaurant bears a refund first, then the platform, and the driver almost
last.
"""

from dataclasses import dataclass, replace
from itertools import starmap

from foodchassis.kernel import share
from foodevents import Bill
from payment_service.models import Ending, PaymentFacts

CANCELLED_BEARS = ("driver", "tax", "platform", "restaurant")
DELIVERED_BEARS = ("restaurant", "platform", "driver", "tax")


@dataclass(frozen=True, slots=True)
class Shares:
    """The share of each payee."""

    restaurant: int
    driver: int
    platform: int
    tax: int


def shares(bill: Bill, commission_bp: int, ending: Ending, refunded: int) -> Shares:
    """Return the shares of `bill` less `refunded`; the commission in basis points is at most the whole food."""
    commission = share(bill.subtotal, commission_bp, 10_000)
    delivery_fee, service_fee = bill.net_fees
    whole = {
        "restaurant": bill.food - commission,
        "driver": delivery_fee + bill.tip,
        "platform": service_fee + commission,
        "tax": bill.tax_on_fees,
    }
    return _less(whole, refunded, CANCELLED_BEARS if ending is Ending.CANCELLED else DELIVERED_BEARS)


def shares_of(payment: PaymentFacts, refunded: int) -> Shares:
    """Return the shares of a payment with its commission, as if `refunded` had been refunded."""
    assert payment.ending is not None
    assert payment.commission_bp is not None
    shared = shares(Bill.model_validate(payment), payment.commission_bp, payment.ending, refunded)
    # Without a courier, the courier's share belongs to the platform.
    return shared if payment.driver_id else replace(shared, driver=0, platform=shared.platform + shared.driver)


def _less(whole: dict[str, int], refunded: int, bearers: tuple[str, ...]) -> Shares:
    left = dict(whole)
    for bearer in bearers:
        borne = min(left[bearer], refunded)
        left[bearer] -= borne
        refunded -= borne
    return Shares(**left)


def fewer(before: Shares, after: Shares) -> Shares:
    """Return the reductions of each payee's share, as negative amounts."""
    pairs = ((getattr(after, name), getattr(before, name)) for name in Shares.__slots__)
    return Shares(*starmap(int.__sub__, pairs))
