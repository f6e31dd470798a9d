"""A service that starts and never becomes ready."""

from collections.abc import Awaitable, Callable

from tiny_app.main import create_app as create_tiny_app


def create_app() -> Callable[..., Awaitable[None]]:
    """Return an app that is always busy."""
    return create_tiny_app(status=503)
