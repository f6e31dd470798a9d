"""A service that cannot start."""


def create_app() -> None:
    """Fail."""
    raise RuntimeError("the dying app has died")
