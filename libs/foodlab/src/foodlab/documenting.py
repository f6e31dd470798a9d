"""`foodctl docs` and `foodctl transcript`."""

from rich.console import Console


def docs() -> None:
    """Regenerate what follows from the code: schemas, machines, objectives, dashboards; say which files changed."""
    from foodlab.docs import write  # noqa: PLC0415 - imports every service, and --help should not wait for it

    for path in write():
        Console().print(f"written: {path}", highlight=False, soft_wrap=True)


def transcript() -> None:
    """Run one working day at the terminal on a system of its own, and write docs/transcript.md with what it printed."""
    from foodlab.transcript import write  # noqa: PLC0415 - the same

    write()
