"""Checks each promise of the API on every operation of the joined document."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from foodchassis.kernel import ServiceError
from foodlab.city import CUSTOMERS, PASSWORD, RESTAURANTS
from foodlab.contract import joined

PROBLEM = {"$ref": "#/components/schemas/Problem"}
OF_GATEWAY = {"400", "408", "414", "429", "431", "502", "503", "504"}
# Readiness has the same body for every status: probes read it, not clients.
NO_PROBLEM = {("ready", "503")}
JSON = "application/json"
STREAM = "text/event-stream"
FORMATS = Draft202012Validator.FORMAT_CHECKER


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    return joined()


@pytest.fixture(scope="session")
def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Each operation by its id, with its method and path."""
    responses = document["components"]["responses"]

    def resolved(answers: dict[str, Any]) -> dict[str, Any]:
        return {
            status: responses[one["$ref"].rpartition("/")[2]] if "$ref" in one else one
            for status, one in answers.items()
        }

    found = [
        {**operation, "method": method, "path": path, "responses": resolved(operation["responses"])}
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    assert {name: count for name, count in Counter(one["operationId"] for one in found).items() if count > 1} == {}
    return {one["operationId"]: one for one in found}


def refused(operations: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, operation in operations.items():
        for status, answer in operation["responses"].items():
            if status >= "400" and (name, status) not in NO_PROBLEM:
                yield name, status, answer


def reachable(node: Any, document: dict[str, Any], seen: set[str]) -> set[str]:
    """Return the names of all schemas that a part of the document refers to."""
    if isinstance(node, dict):
        name = str(node.get("$ref", "")).removeprefix("#/components/schemas/")
        if name and name not in seen:
            seen.add(name)
            reachable(document["components"]["schemas"][name], document, seen)
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        reachable(child, document, seen)
    return seen


def test_the_document_has_a_title_and_a_version(document: dict[str, Any]) -> None:
    assert {"title", "version", "description", "license"} <= document["info"].keys()
    assert document["servers"][0]["url"] == "/"
    assert all(scheme["description"] for scheme in document["components"]["securitySchemes"].values())


def test_operations_are_named_after_their_functions(operations: dict[str, dict[str, Any]]) -> None:
    assert {"place_order", "open_restaurant", "change_restaurant", "sign_up", "pick_up", "settle"} <= operations.keys()
    assert [name for name in operations if "__" in name or name.endswith(("_post", "_get"))] == []
    assert all(one["summary"] and one["description"] for one in operations.values())


def test_each_tag_is_described(document: dict[str, Any], operations: dict[str, dict[str, Any]]) -> None:
    described = {tag["name"]: tag["description"] for tag in document["tags"]}
    assert {tag for one in operations.values() for tag in one["tags"]} == {
        name for name in described if described[name]
    }


def test_each_refusal_is_a_problem(operations: dict[str, dict[str, Any]]) -> None:
    wrong = [
        (name, status)
        for name, status, answer in refused(operations)
        if answer["content"].keys() != {"application/problem+json"}
        or answer["content"]["application/problem+json"]["schema"] != PROBLEM
    ]
    assert wrong == []


def test_each_operation_documents_the_common_problems(operations: dict[str, dict[str, Any]]) -> None:
    for name, one in operations.items():
        wanted = OF_GATEWAY | {"422", "500"}
        wanted |= {"401"} if "security" in one else set()
        wanted |= {"403"} if "Needs the role" in one["description"] else set()
        wanted |= {"413"} if "requestBody" in one else set()
        wanted |= {"412"} if any(it["name"] == "If-Match" for it in one.get("parameters", ())) else set()
        assert wanted - one["responses"].keys() == set(), name


def test_problems_that_pass_document_retry_after(operations: dict[str, dict[str, Any]]) -> None:
    for name, status, answer in refused(operations):
        if status in {"429", "503"}:
            assert "Retry-After" in answer["headers"], (name, status)


def test_operations_with_if_match_return_an_etag(operations: dict[str, dict[str, Any]]) -> None:
    asking = {
        name for name, one in operations.items() if any(it["name"] == "If-Match" for it in one.get("parameters", ()))
    }
    reading = {one["path"]: one for one in operations.values() if one["method"] == "get"}

    assert {"change_item", "remove_item", "change_restaurant", "accept_order", "cancel_order"} <= asking
    for name in asking:
        thing = re.match(r".*\{\w+\}", operations[name]["path"])
        assert thing is not None
        assert "ETag" in reading[thing[0]]["responses"]["200"]["headers"], name
        assert name == "remove_item" or "ETag" in operations[name]["responses"]["200"]["headers"], name


def test_the_problem_schema_has_additional_members(document: dict[str, Any]) -> None:
    problem = document["components"]["schemas"]["Problem"]
    members = {"type", "title", "status", "detail", "instance", "request_id", "trace_id", "errors"}
    assert problem["properties"].keys() == members
    assert set(problem["required"]) == members - {"errors"}
    assert not {"HTTPValidationError", "ValidationError"} & document["components"]["schemas"].keys()


def test_responses_are_open_and_requests_strict(
    document: dict[str, Any], operations: dict[str, dict[str, Any]]
) -> None:
    schemas = document["components"]["schemas"]
    asked = [one["requestBody"] for one in operations.values() if "requestBody" in one]
    answered = [one["responses"] for one in operations.values()]
    closed = {name for name, schema in schemas.items() if schema.get("additionalProperties") is False}
    objects = {name for name, schema in schemas.items() if schema["type"] == "object"}

    assert closed & reachable(answered, document, set()) == set()
    assert (reachable(asked, document, set()) & objects) - closed == set()


def test_titles_are_unique_and_names_are_class_names(document: dict[str, Any]) -> None:
    titles = {name: schema["title"] for name, schema in document["components"]["schemas"].items()}
    assert {name: title for name, title in titles.items() if name != title or not name.isalnum()} == {}


def test_creating_operations_have_an_idempotency_key_and_a_location(operations: dict[str, dict[str, Any]]) -> None:
    readable = {one["path"] for one in operations.values() if one["method"] == "get"}
    creating = {name: one for name, one in operations.items() if "201" in one["responses"]}
    keys = {
        name: parameter["required"]
        for name, one in creating.items()
        for parameter in one.get("parameters", ())
        if parameter["name"] == "Idempotency-Key"
    }

    for name, one in creating.items():
        assert "Location" in one["responses"]["201"]["headers"], name
        assert any(re.fullmatch(rf"{re.escape(one['path'])}/(me|{{\w+}})", path) for path in readable), name
    assert keys == {
        "place_order": True,
        "refund_payment": True,
        "settle": True,
        "open_restaurant": False,
        "add_item": False,
        "add_address": False,
        "invite": False,
        "create_api_client": False,
    }
    # An e-mail address has one account: the second sign-up is a 409.
    assert creating.keys() - keys.keys() == {"sign_up"}


def test_each_field_and_parameter_is_described(document: dict[str, Any], operations: dict[str, dict[str, Any]]) -> None:
    bare = [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field, one in schema.get("properties", {}).items()
        if "description" not in one
    ]
    # The ids in a path are described by the path.
    unclear = [
        f"{name}: {parameter['name']}"
        for name, one in operations.items()
        for parameter in one.get("parameters", ())
        if parameter["in"] != "path" and "description" not in parameter
    ]

    assert (bare, unclear) == ([], [])


def contents(one: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the request and response contents of an operation with their media types."""
    for part in (one.get("requestBody", {}), *one["responses"].values()):
        yield from part.get("content", {}).items()


def test_each_body_has_an_example_that_matches_its_schema(
    document: dict[str, Any], operations: dict[str, dict[str, Any]]
) -> None:
    seen = 0
    for name, one in operations.items():
        for kind, content in contents(one):
            assert "example" in content, f"{name}: each text and number of its schema needs Field(examples=[…])"
            schema = {**content["schema"], "components": document["components"]}
            faults = list(Draft202012Validator(schema, format_checker=FORMATS).iter_errors(content["example"]))
            assert faults == [], (name, kind)
            assert content["example"] not in ({}, [], "", None), (name, kind)
            seen += 1
    assert seen > 10 * len(operations)


def test_the_examples_are_from_the_demo_city(document: dict[str, Any]) -> None:
    whole = json.dumps(document)
    diner = next(one for one in RESTAURANTS if one["profile"]["name"] == "Night Owl Diner")

    assert {one["example"]["name"] for _, one in contents(document["paths"]["/restaurants"]["post"])} >= {
        diner["profile"]["name"]
    }
    for text in (diner["profile"]["place"]["line1"], diner["dishes"][0]["name"], CUSTOMERS[0]["email"], PASSWORD):
        assert json.dumps(text) in whole, text


def test_the_example_of_an_order_adds_up(operations: dict[str, dict[str, Any]]) -> None:
    order = operations["place_order"]["responses"]["201"]["content"][JSON]["example"]

    assert order["subtotal"] == sum(line["total"] for line in order["lines"])
    assert [line["unit_price"] * line["quantity"] for line in order["lines"]] == [
        line["total"] for line in order["lines"]
    ]
    assert order["total"] == sum(order[part] for part in ("subtotal", "delivery_fee", "service_fee", "tax", "tip"))
    assert operations["place_order"]["requestBody"]["content"][JSON]["example"]["expected_total"] == order["total"]


def test_the_events_of_a_stream_have_a_schema(document: dict[str, Any], operations: dict[str, dict[str, Any]]) -> None:
    streams = {
        name: one["responses"]["200"].get("content", {}).get(STREAM)
        for name, one in operations.items()
        if "200" in one["responses"]
    }
    streams = {name: content for name, content in streams.items() if content}
    assert "stream_order" in streams

    for name, content in streams.items():
        schema = document["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
        assert schema["contentMediaType"] == STREAM, name
        assert reachable(schema["contentSchema"], document, set()), name
        event = dict(line.split(": ", 1) for line in content["example"].strip().split("\n"))
        event["data"] = json.loads(event["data"])
        one = {**schema["contentSchema"]["items"], "components": document["components"]}
        assert list(Draft202012Validator(one, format_checker=FORMATS).iter_errors(event)) == [], name


def test_each_kind_of_problem_is_explained(document: dict[str, Any]) -> None:
    explained = {kind["slug"]: kind for kind in document["x-problems"]}

    assert {error.slug() for error in errors(ServiceError)} <= explained.keys()
    assert all(kind["meaning"] and kind["title"] and 400 <= kind["status"] < 600 for kind in explained.values())
    assert {"order-not-found", "invalid-request", "invalid-json", "internal-error", "circuit-open"} <= explained.keys()


def errors(base: type[ServiceError]) -> Iterator[type[ServiceError]]:
    for error in base.__subclasses__():
        yield error
        yield from errors(error)
