"""`foodctl docs` and `foodctl transcript`."""

from rich.console import Console


def docs() -> None:
    """Generate files from the code: schemas, machines, objectives, dashboards; print the changed ones."""
    from foodlab.docs import write  # noqa: PLC0415 - imports every service, and --help should not wait for it

    for path in write():
        Console().print(f"written: {path}", highlight=False, soft_wrap=True)


def transcript() -> None:
    """Run the commands of a working day on a separate system, and write docs/transcript.md with their output."""
    from foodlab.transcript import write  # noqa: PLC0415 - the same

    write()
