"""The parts of an order's total, shared by order-service and payment-service."""

from pydantic import BaseModel, ConfigDict

from foodchassis.kernel import share


class Bill(BaseModel):
    """The parts of an order's total, in minor units: `subtotal` is the food, and the parts add up to the total.

    `tax` is added to the prices. If they include the tax it is 0, and the parts contain it. `fee_tax` is the
    part of either that is on the fees; orders of an earlier release do not have it.
    """

    model_config = ConfigDict(frozen=True, from_attributes=True)
    subtotal: int
    delivery_fee: int
    service_fee: int
    tax: int
    tip: int
    prices_include_tax: bool | None = False
    fee_tax: int | None = None

    @property
    def tax_on_fees(self) -> int:
        """The tax on the fees; for an earlier order the tax less the food's proportional share, rounded half up."""
        if self.fee_tax is not None:
            return self.fee_tax
        taxed = self.subtotal + self.delivery_fee + self.service_fee
        return self.tax - (share(self.tax, self.subtotal, taxed) if taxed else 0)

    @property
    def food(self) -> int:
        """The price of the food with its tax."""
        return self.subtotal if self.prices_include_tax else self.subtotal + self.tax - self.tax_on_fees

    @property
    def net_fees(self) -> tuple[int, int]:
        """The delivery fee and the service fee without the tax that they contain."""
        fees = self.delivery_fee + self.service_fee
        if not self.prices_include_tax or not fees:
            return self.delivery_fee, self.service_fee
        of_delivery = share(self.tax_on_fees, self.delivery_fee, fees)
        return self.delivery_fee - of_delivery, self.service_fee - (self.tax_on_fees - of_delivery)
