"""The OpenAPI document describes each operation, and its schema names suit generated clients."""

from typing import Annotated, Any

import pytest
from fastapi import APIRouter

from foodchassis import (
    CurrentUser,
    Id,
    OnceOnly,
    Page,
    PageDep,
    Principal,
    Public,
    Schema,
    ServiceSettings,
    Text,
    create_service,
    refusals,
    require_role,
)
from foodchassis.web import ExpectedVersion, OnceIfKeyed

Writer = Annotated[Principal, require_role("writer", "editor")]
router = APIRouter(prefix="/notes", tags=["notes"])


class Author(Schema):
    """The author."""

    name: Text


class NoteCreate(Schema):
    """A note to store."""

    author: Author
    text: Text


class NotePublic(Schema):
    """A stored note."""

    id: Id
    author: Author
    text: str


@router.post("", status_code=201, response_model=NotePublic, responses=refusals(409))
async def write_note(body: NoteCreate, user: Writer, once: OnceOnly) -> Any:
    """Store a note."""


@router.put("/{note_id}", response_model=NotePublic)
async def change_note(note_id: Id, body: NoteCreate, user: CurrentUser, once: OnceIfKeyed, to: ExpectedVersion) -> Any:
    """Change a note."""


@router.get("", response_model=Page[NotePublic], dependencies=[Public])
async def list_notes(page: PageDep) -> Any:
    """Return the notes."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    app = create_service(
        ServiceSettings(service_name="notes", service_version="1.2.3", _env_file=None),
        routers=[router],
        tags={"notes": "What was written down."},
    )
    return app.openapi()


def operation(document: dict[str, Any], path: str, method: str) -> dict[str, Any]:
    described: dict[str, Any] = document["paths"][path][method]
    return described


def found(document: dict[str, Any], answer: dict[str, Any]) -> Any:
    """Return a response, also one that several operations share."""
    name = answer.get("$ref", "").rpartition("/")[2]
    return document["components"]["responses"][name] if name else answer


def test_the_document_names_the_service_and_its_groups(document: dict[str, Any]) -> None:
    assert (document["info"]["title"], document["info"]["version"]) == ("notes", "1.2.3")
    assert {tag["name"]: tag["description"] for tag in document["tags"]}["notes"] == "What was written down."


def test_an_operation_is_named_as_its_function(document: dict[str, Any]) -> None:
    named = {one["operationId"] for path in document["paths"].values() for one in path.values()}

    assert {"write_note", "change_note", "list_notes"} <= named


@pytest.mark.parametrize(
    ("path", "method", "statuses"),
    [
        ("/notes", "post", {"201", "400", "401", "403", "409", "413", "422", "500", "503"}),
        ("/notes/{note_id}", "put", {"200", "400", "401", "412", "413", "422", "500", "503"}),
        ("/notes", "get", {"200", "422", "500", "503"}),
    ],
)
def test_an_operation_documents_the_problems_of_the_chassis(
    document: dict[str, Any], path: str, method: str, statuses: set[str]
) -> None:
    assert set(operation(document, path, method)["responses"]) == statuses


def test_every_refusal_is_a_problem(document: dict[str, Any]) -> None:
    for path in document["paths"].values():
        for one in path.values():
            for status, shared in one["responses"].items():
                answer = found(document, shared)
                if status >= "400" and one["operationId"] != "ready":
                    assert list(answer["content"]) == ["application/problem+json"], (one["operationId"], status)


def test_a_created_object_has_a_location(document: dict[str, Any]) -> None:
    assert "Location" in operation(document, "/notes", "post")["responses"]["201"]["headers"]


@pytest.mark.parametrize(("path", "method", "needed"), [("/notes", "post", True), ("/notes/{note_id}", "put", False)])
def test_an_idempotency_key_is_required_for_unsafe_operations(
    document: dict[str, Any], path: str, method: str, needed: bool
) -> None:
    parameters = {one["name"]: one for one in operation(document, path, method)["parameters"]}

    assert parameters["Idempotency-Key"]["required"] is needed


def test_a_role_that_is_needed_is_named(document: dict[str, Any]) -> None:
    assert operation(document, "/notes", "post")["description"].endswith("Needs the role editor or writer.")
    assert "role" not in operation(document, "/notes", "get")["description"]


def test_schemas_have_names_that_a_class_can_have(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert {"NoteCreate", "NotePublic", "NotePublicPage", "Problem", "Fault"} <= set(schemas)
    assert not [name for name in schemas if not name.isidentifier()]
    assert all(schema["title"] == name for name, schema in schemas.items())
    assert "HTTPValidationError" not in schemas


def test_every_reference_has_a_schema(document: dict[str, Any]) -> None:
    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
            return own.union(*map(references, node.values()))
        return set().union(*map(references, node)) if isinstance(node, list) else set()

    parts = [reference.removeprefix("#/components/").split("/") for reference in references(document)]

    assert parts
    assert [part for part in parts if part[1] not in document["components"][part[0]]] == []


def test_a_parameter_that_may_be_left_out_is_never_null(document: dict[str, Any]) -> None:
    parameters = [
        parameter
        for item in document["paths"].values()
        for operation in item.values()
        for parameter in operation.get("parameters", ())
    ]

    assert {"If-Match", "cursor"} <= {one["name"] for one in parameters}
    assert [one for one in parameters if "null" in str(one["schema"])] == []
