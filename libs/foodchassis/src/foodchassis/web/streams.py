"""Server-sent events: the answer that sends them, one event as text, and how a stream is documented."""

from collections.abc import AsyncIterator
from typing import Generic, TypeVar

from fastapi.responses import StreamingResponse
from pydantic import GetJsonSchemaHandler, RootModel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from typing_extensions import override

EVENT_STREAM = "text/event-stream"
T = TypeVar("T")


class EventStream(StreamingResponse):
    """Server-sent events, which no proxy on the way may buffer."""

    media_type = EVENT_STREAM

    def __init__(self, events: AsyncIterator[str], status_code: int = 200) -> None:
        super().__init__(events, status_code, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


class Events(RootModel[list[T]], Generic[T]):
    """Documents a stream: a text whose content is a list of `T`, each with the fields `id`, `event` and `data`."""

    @classmethod
    @override
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        reference = handler(core_schema)
        schema = handler.resolve_ref_schema(reference)
        content = {"type": schema.pop("type"), "items": schema.pop("items")}
        schema |= {"type": "string", "contentMediaType": EVENT_STREAM, "contentSchema": content}
        return reference


def event_text(name: str, data: str, number: int | None = None) -> str:
    """Return one event in the form that is sent; `number` is what a reader sends back as Last-Event-ID."""
    numbered = "" if number is None else f"id: {number}\n"
    return f"{numbered}event: {name}\ndata: {data}\n\n"
