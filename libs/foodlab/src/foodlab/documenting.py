"""`foodctl docs`."""

from rich.console import Console


def docs() -> None:
    """Write what follows from the code anew: schemas, machines, objectives, dashboards; say which files changed."""
    from foodlab.docs import write  # noqa: PLC0415 - imports every service, and --help should not wait for it

    for path in write():
        Console().print(f"written: {path}", highlight=False, soft_wrap=True)
