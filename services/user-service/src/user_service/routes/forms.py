"""Forms as OAuth requires: each parameter at most once, empty parameters are ignored, unknown ones are refused."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, TypeAdapter, ValidationError

T = TypeVar("T")
MEDIA_TYPE = "application/x-www-form-urlencoded"
MOST_FIELDS = 20


def form(adapter: TypeAdapter[T]) -> Callable[[Request], Awaitable[T]]:
    """Return a dependency that reads a form; the framework's reader accepts repeated parameters and file uploads."""

    async def read(request: Request) -> T:
        if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != MEDIA_TYPE:
            raise _refusal("form_expected", f"The body must be {MEDIA_TYPE}")
        try:
            pairs = parse_qsl(
                (await request.body()).decode(), strict_parsing=False, errors="strict", max_num_fields=MOST_FIELDS
            )
        except ValueError:
            raise _refusal("form_invalid", "The body is not a form in UTF-8") from None
        fields = dict(pairs)
        if len(fields) < len(pairs):
            raise _refusal("form_repeated", "A parameter is given twice")
        try:
            return adapter.validate_python(fields)
        except ValidationError as error:
            faults = error.errors(include_input=False, include_context=False, include_url=False)
            raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in faults]) from None

    return read


def documented(*models: type[BaseModel]) -> dict[str, Any]:
    """Describe a form that is one of `models`, for OpenAPI."""
    schemas = [model.model_json_schema() for model in models]
    schema = schemas[0] if len(schemas) == 1 else {"oneOf": schemas}
    return {"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": schema}}}}


def _refusal(kind: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"loc": ("body",), "msg": message, "type": kind}])
