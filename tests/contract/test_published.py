"""The published documents are up to date and compatible with clients."""

import json
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema

from console_service.service import health
from foodctl.subscriptions import events
from foodlab import contract

ROOT = Path(__file__).parents[2]
OPENAPI, ASYNCAPI = contract.FOLDER / "openapi.json", contract.FOLDER / "asyncapi.json"
PUBLISHED: dict[str, Any] = json.loads(OPENAPI.read_text())
EVENTS: dict[str, Any] = json.loads(ASYNCAPI.read_text())


def test_the_published_document_is_the_one_that_is_served() -> None:
    assert contract.openapi()[OPENAPI] == OPENAPI.read_text(), "run `just docs`"
    assert contract.asyncapi(events())[ASYNCAPI] == ASYNCAPI.read_text(), "run `just docs`"


def schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][name]
    return found


BREAKING = {
    "an operation is gone": lambda new: new["paths"].pop("/quotes"),
    "an operation is renamed": lambda new: new["paths"]["/quotes"]["post"].update(operationId="price_basket"),
    "a parameter is gone": lambda new: new["paths"]["/orders"]["get"]["parameters"].pop(0),
    "a parameter is required": lambda new: new["paths"]["/orders"]["get"]["parameters"][0].update(required=True),
    "a field of a request is gone": lambda new: schema(new, "OrderCreate")["properties"].pop("tip"),
    "a field of a request is required": lambda new: schema(new, "OrderCreate")["required"].append("note"),
    "less is taken": lambda new: schema(new, "BasketItem")["properties"]["quantity"].update(maximum=10),
    "another text is taken": lambda new: schema(new, "OrderCreate")["properties"]["payment_method"].update(pattern="x"),
    "a type changed": lambda new: schema(new, "BasketItem")["properties"]["quantity"].update(type="string"),
    "a field of an answer is gone": lambda new: schema(new, "OrderPublic")["properties"].pop("status"),
    "a field of an answer may be missing": lambda new: schema(new, "OrderPublic")["required"].remove("status"),
    "a field of an answer may be null": lambda new: schema(new, "OrderPublic")["properties"].update(
        total={"anyOf": [{"type": "integer"}, {"type": "null"}]}
    ),
    "a new state is answered": lambda new: schema(new, "OrderStatus")["enum"].append("lost"),
    "a role is refused": lambda new: schema(new, "UserCreate")["properties"]["role"]["enum"].remove("driver"),
    "an answer is gone": lambda new: new["paths"]["/orders"]["post"]["responses"].pop("201"),
}
HARMLESS = {
    "a new operation": lambda new: new["paths"].update({"/news": {"get": {"responses": {}}}}),
    "a new parameter": lambda new: new["paths"]["/orders"]["get"]["parameters"].append(
        {"in": "query", "name": "new", "schema": {"type": "string"}}
    ),
    "a new field of a request": lambda new: schema(new, "OrderCreate")["properties"].update(new={"type": "string"}),
    "a new field of an answer": lambda new: schema(new, "OrderPublic")["properties"].update(new={"type": "string"}),
    "more is taken": lambda new: schema(new, "BasketItem")["properties"]["quantity"].update(maximum=1000),
    "another example": lambda new: new["paths"]["/orders"]["post"]["requestBody"]["content"].update(
        {"application/json": {"schema": {"$ref": "#/components/schemas/OrderCreate"}, "example": 1}}
    ),
    "another refusal": lambda new: new["paths"]["/orders"]["post"]["responses"].update({"418": {}}),
}


@pytest.mark.parametrize("kind", BREAKING)
def test_a_change_that_breaks_clients_is_found(kind: str) -> None:
    new = deepcopy(PUBLISHED)
    BREAKING[kind](new)

    assert contract.breaks(PUBLISHED, new) != []


@pytest.mark.parametrize("kind", HARMLESS)
def test_a_compatible_change_is_accepted(kind: str) -> None:
    new = deepcopy(PUBLISHED)
    HARMLESS[kind](new)

    assert contract.breaks(PUBLISHED, new) == []


def test_the_events_are_a_document_of_asyncapi() -> None:
    ApplicationSchema.model_validate(EVENTS)
    messages = EVENTS["components"]["messages"]

    assert EVENTS["asyncapi"] == "3.0.0"
    assert set(messages) == {event.event_type for event in events()}
    for message in messages.values():
        assert (ASYNCAPI.parent / message["payload"]["properties"]["data"]["$ref"]).resolve().is_file()
    for operation in EVENTS["operations"].values():
        assert operation["channel"]["$ref"].removeprefix("#/channels/") in EVENTS["channels"]


def test_every_event_is_published_by_one_service_and_the_handled_ones_are_known() -> None:
    senders = [name.split(".publish.") for name, one in EVENTS["operations"].items() if one["action"] == "send"]

    assert {event for _, event in senders} == {event.routing_key for event in events()}
    shared = Counter(event for _, event in senders)
    assert {event for event, times in shared.items() if times > 1} == {"admin.acted", "admin.read"}
    sources = ((path, path.read_text()) for path in ROOT.glob("services/*/src/**/*.py"))
    acting = {path.relative_to(ROOT).parts[1] for path, text in sources if "audit=AUDIT" in text}
    for event in shared.keys() & {"admin.acted", "admin.read"}:
        assert {service for service, sent in senders if sent == event} == acting == {*health.SERVICES}
    assert {service for service, _ in senders} == {
        "user-service", "menu-service", "order-service", "payment-service", "delivery-service",
    }  # fmt: skip
    assert "payment-service.handle.order.created" in EVENTS["operations"]
