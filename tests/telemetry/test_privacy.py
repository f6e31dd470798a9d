"""No log contains personal data after orders with all kinds of errors."""

from collections.abc import Callable

import pytest
from e2e.running import Running
from e2e.scene import Scene
from telemetry.privacy import personal

from foodctl.api import Api, RefusedError
from foodctl.catalog import SERVICES

EMAIL, PASSWORD, NAME = "quite.personal@example.com", "correct horse battery staple", "Zacharias Personal"
STREET, TOWN, POSTCODE = "Privatweg 17", "Geheimstadt", "10999"


async def test_the_logs_contain_no_personal_data(running: Running, anonymous: Api, scene: Callable[..., Scene]) -> None:
    someone = {"email": EMAIL, "password": PASSWORD, "name": NAME, "role": "customer"}
    await anonymous.call("POST", "/users", someone)
    customer = await anonymous.log_in(EMAIL, PASSWORD)
    await customer.call("POST", "/users/me/addresses", {
        "line1": STREET, "city": TOWN, "postal_code": POSTCODE, "lat": 52.5, "lng": 13.4,
    })  # fmt: skip
    for path, body in (("/users", someone), ("/users", {**someone, "role": EMAIL}), (f"/orders/{EMAIL}/cancel", {})):
        with pytest.raises(RefusedError):
            await customer.call("POST", path, body)
    with pytest.raises(RefusedError):
        await anonymous.log_in(EMAIL, "wrong")
    play = await scene().set()
    order = await play.reaches(await play.order(), "delivered")

    logs = {service.name: (running.state.logs / f"{service.name}.log").read_text().splitlines() for service in SERVICES}
    known = [EMAIL, PASSWORD, NAME, STREET, TOWN, order["delivery_address"]["line1"]]
    assert {name: personal(lines, known) for name, lines in logs.items()} == {name: [] for name in logs}
    assert [line for line in logs["order-service"] if order["id"] in line and '"order.delivered"' in line]
