"""The reference for reads: an ASGI app with one psycopg statement per request, without checks, tokens or schemas."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from pydantic_settings import BaseSettings, SettingsConfigDict

Message = dict[str, Any]
ORDER = """
    SELECT o.*, (SELECT jsonb_agg(to_jsonb(l)) FROM order_lines l WHERE l.order_id = o.id) AS lines
    FROM orders o WHERE o.id = %s
"""
MENU = "SELECT * FROM menu_items WHERE restaurant_id = %s ORDER BY id"
QUERIES = {"orders": ("order", ORDER), "menus": ("menu", MENU)}


class BareSettings(BaseSettings):
    """The URLs of the databases."""

    model_config = SettingsConfigDict(env_prefix="BENCH_")

    order: str
    menu: str


class Bare:
    """Answers `/orders/ID` and `/menus/ID` with the stored rows."""

    def __init__(self, settings: BareSettings) -> None:
        """Open a few connections to each database with the first request."""
        known: dict[str, Any] = {"row_factory": dict_row}
        self._pools = {
            name: AsyncConnectionPool(url, kwargs=known, min_size=4, max_size=4, open=False)
            for name, url in (("order", settings.order), ("menu", settings.menu))
        }

    async def __call__(
        self, scope: Message, _: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Answer one request; any other path returns 200, for readiness checks."""
        assert scope["type"] == "http"
        kind, _, key = scope["path"][1:].partition("/")
        found: Any = {"status": "ready"}
        if kind in QUERIES:
            name, query = QUERIES[kind]
            pool = self._pools[name]
            if pool.closed:
                await pool.open(wait=True)
            async with pool.connection() as connection:
                found = await (await connection.execute(query, [key])).fetchall()
        body = orjson.dumps(found, default=str)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def create_app() -> Bare:
    """Make the app."""
    return Bare(BareSettings())
