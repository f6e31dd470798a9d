from order_service.schemas import PricedBasket

EARLIER = {
    "lines": [], "subtotal": 100, "delivery_fee": 0, "service_fee": 0, "tax": 10, "tip": 0, "total": 110,
    "currency": "EUR",
    "prices_include_tax": None, "tax_included": None, "fee_tax": None, "taxes": None,
}  # fmt: skip


def test_an_order_of_an_earlier_release_has_no_taxes_by_rate() -> None:
    """These columns of its row are empty: it is shown as an order whose prices exclude the tax."""
    shown = PricedBasket.model_validate(EARLIER)

    assert (shown.prices_include_tax, shown.tax_included, shown.fee_tax, shown.taxes) == (False, 0, None, [])
