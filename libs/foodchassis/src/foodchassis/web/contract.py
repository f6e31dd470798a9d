"""The OpenAPI document of a service: the parts that all operations share."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from foodchassis.web import examples
from foodchassis.web.auth import RoleGuard, authenticates, bearer, current_user, scopes_of
from foodchassis.web.deprecation import HEADERS, Deprecation
from foodchassis.web.idempotency import once_always
from foodchassis.web.preconditions import expected_tags, tagger
from foodchassis.web.refusals import kinds, refusals, schemas, share_refusals
from foodchassis.web.routing import api_routes, dependants

Document = dict[str, Any]
FRAMEWORKS_OWN = frozenset({"HTTPValidationError", "ValidationError"})
COMPONENT = "#/components/schemas/"
ETAG = {"ETag": {"description": "the version, for the header If-Match", "schema": {"type": "string"}}}
API_CLIENT = "ApiClient"
LOCATION = {"Location": {"description": "the path of the created object", "schema": {"type": "string"}}}


def operation_id(route: APIRoute) -> str:
    """Return the name of the function as the operation's id."""
    return route.name


async def only_known_parameters(request: Request) -> None:
    """Refuse unknown query parameters: ignoring a misspelt filter would return the whole list."""
    if not request.scope["query_string"]:
        return
    needs = list(dependants(request.scope["route"].dependant))
    known = {field.alias for one in needs for field in one.query_params}
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        await _admit(request, {one.call for one in needs})
        takes = f"takes {', '.join(sorted(known))}" if known else "takes none"
        message = f"Unknown parameter; this operation {takes}"
        raise RequestValidationError(
            [{"loc": ("query", name), "msg": message, "type": "unknown_parameter"} for name in unknown]
        )


async def _admit(request: Request, used: set[Any]) -> None:
    """Refuse callers without access before the request itself is validated."""
    if current_user in used:
        user = await current_user(request, request.app.state.resources, await bearer(request))
        for guard in used:
            if isinstance(guard, RoleGuard):
                await guard(user)


def install(app: FastAPI, tags: Mapping[str, str], scopes: Mapping[str, str]) -> None:
    """Complete the document of `app` when it is first requested.

    `tags` describes each tag of its operations, and `scopes` the scopes of API clients.
    """
    app.openapi_tags = [{"name": name, "description": description} for name, description in tags.items()]
    described = app.openapi
    complete: list[Document] = []

    def openapi() -> Document:
        if not complete:
            complete.append(_completed(described(), app, scopes))
        return complete[0]

    app.openapi = openapi  # type: ignore[method-assign]


def _completed(document: Document, app: FastAPI, scopes: Mapping[str, str]) -> Document:
    for route in api_routes(app.routes):
        for method in (route.methods or ()) if route.include_in_schema else ():
            _complete(document["paths"][route.path_format][method.lower()], route)
    components = document.setdefault("components", {})
    if scopes and any(map(scopes_of, api_routes(app.routes))):
        components.setdefault("securitySchemes", {})[API_CLIENT] = _api_clients(scopes)
    _warn_of_deprecated(document)
    found = components.get("schemas", {})
    kept = {name: schema for name, schema in found.items() if name not in FRAMEWORKS_OWN}
    components["schemas"] = {**kept, **schemas()}
    document = _with_plain_names(document)
    examples.add(document)
    share_refusals(document)
    document["x-problems"] = [kind._asdict() for kind in kinds()]
    return document


def _complete(operation: Document, route: APIRoute) -> None:
    """Add to an operation what its route's dependencies and body imply."""
    used = {one.call for one in dependants(route.dependant)}
    answers = operation["responses"]
    answers.pop("422", None)
    for status, answer in refusals(*_refusals(used, has_body="requestBody" in operation)).items():
        answers.setdefault(str(status), answer)
    operation["responses"] = dict(sorted(answers.items()))
    if created := answers.get("201"):
        created["headers"] = LOCATION
    if tagger in used and (found := answers.get("200")):
        found["headers"] = ETAG
    for outdated in (one for one in used if isinstance(one, Deprecation)):
        operation |= outdated.documented
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _without_null(parameter["schema"])
        if parameter["name"] == "Idempotency-Key" and once_always in used:
            parameter["required"] = True
    if needed := sorted(scopes_of(route)):
        operation["security"] = [*operation.get("security", ()), {API_CLIENT: needed}]
    guards = [guard for guard in used if isinstance(guard, RoleGuard)]
    for guard in guards:
        operation["description"] = f"{operation.get('description', '')}\n\nNeeds the role {guard.wanted}.".strip()


def _without_null(schema: Document) -> Document:
    """Return the schema of a parameter without null: in a header or a query `null` would be a text."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if not kinds:
        return schema
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**kinds[0], **rest} if len(kinds) == 1 else {**rest, "anyOf": kinds}


def _api_clients(scopes: Mapping[str, str]) -> Document:
    flow = {"tokenUrl": "/auth/token", "scopes": dict(scopes)}
    text = "An access token of `POST /auth/token` with `grant_type=client_credentials`, as `Bearer`."
    return {"type": "oauth2", "description": text, "flows": {"clientCredentials": flow}}


def _warn_of_deprecated(document: Document) -> None:
    """Document the warning headers of deprecated operations and fields."""
    schemas = document["components"].get("schemas", {})
    for operation in (one for item in document["paths"].values() for one in item.values()):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        fields = schemas.get(body.get("$ref", "").removeprefix(COMPONENT), {}).get("properties", {})
        if operation.get("deprecated") or any(field.get("deprecated") for field in fields.values()):
            for status, answer in operation["responses"].items():
                if status < "300":
                    answer["headers"] = {**answer.get("headers", {}), **HEADERS}


def _refusals(used: set[Any], *, has_body: bool) -> Iterator[int]:
    """Yield the statuses with which the chassis may refuse an operation."""
    yield from (422, 500, 503)
    if has_body or once_always in used:
        yield 400
    if has_body:
        yield 413
    if any(map(authenticates, used)):
        yield 401
    if any(isinstance(guard, RoleGuard) for guard in used):
        yield 403
    if expected_tags in used:
        yield 412


def _with_plain_names(document: Document) -> Document:
    """Name and title each schema so that generated clients can use the name for a class."""
    named = {name: _plain(name) for name in document["components"]["schemas"]}
    renamed: Document = _renamed(document, {COMPONENT + old: COMPONENT + new for old, new in named.items()})
    titled = {named[old]: {**schema, "title": named[old]} for old, schema in renamed["components"]["schemas"].items()}
    for schema in titled.values():
        for field in schema.get("properties", {}).values():
            field.pop("title", None)
    renamed["components"]["schemas"] = titled
    return renamed


def _plain(name: str) -> str:
    """Return NotePublicPage for Page_NotePublic_, AddressInput for Address-Input, Address for Address-Output."""
    name = re.sub(r"^Page_(\w+)_$", r"\1Page", name)
    return name.removesuffix("-Output").replace("-Input", "Input")


def _renamed(node: Any, references: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _renamed(value, references) for key, value in node.items()}
    if isinstance(node, list):
        return [_renamed(value, references) for value in node]
    return references.get(node, node) if isinstance(node, str) else node
