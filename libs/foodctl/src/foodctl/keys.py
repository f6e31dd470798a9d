"""`foodctl keys --help`: the keys that sign access tokens, and their rotation."""

import sys
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from devservers.errors import UsageError
from devservers.state import State, write_private
from foodctl.errors import FoodctlError
from foodctl.settings import Settings

if TYPE_CHECKING:
    from foodctl.credentials import Credentials

keys = typer.Typer(
    no_args_is_help=True,
    help="The keys that sign access tokens. FILE is a private JWKS document, `-` is standard input and output; "
    "without it, the keys are those of this machine's system, whose services read new keys at their next start.",
)


class RotationStep(StrEnum):
    """A step of a rotation; docs/rotate-signing-keys.md says how long to wait after each."""

    PUBLISH = "publish"
    SIGN = "sign"
    RETIRE = "retire"


NEXT = {
    RotationStep.PUBLISH: "roll user-service out; wait JWKS_SECONDS (5 min), then: foodctl keys rotate --step sign",
    RotationStep.SIGN: "roll user-service out; wait ACCESS_TOKEN_SECONDS and 1 min (16 min), then: --step retire",
    RotationStep.RETIRE: "roll user-service out: the old key is no longer trusted after JWKS_SECONDS (5 min)",
}
FileArgument = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A private JWKS document, or `-`.")]


@keys.command()
def new() -> None:
    """Print new private keys: the content of SIGNING_KEYS for a vault."""
    from user_service.keys import new_keys  # noqa: PLC0415 - --help should not wait for it

    typer.echo(new_keys())


@keys.command("list")
def list_(file: FileArgument = None) -> None:
    """Show id and algorithm of each key, and which one signs."""
    from user_service.keys import described  # noqa: PLC0415 - --help should not wait for it

    for kid, algorithm, use in described(_read(file)):
        typer.echo(f"{kid}  {algorithm}  {use}")


@keys.command()
def rotate(
    step: Annotated[RotationStep, typer.Option(help="The steps, in this order, with a wait between them.")],
    file: FileArgument = None,
) -> None:
    """Do one step of a rotation, during which no valid token is refused."""
    from user_service import keys as documents  # noqa: PLC0415 - --help should not wait for it

    steps = {
        RotationStep.PUBLISH: documents.publish,
        RotationStep.SIGN: documents.sign,
        RotationStep.RETIRE: documents.retire,
    }
    try:
        changed = steps[step](_read(file))
    except documents.RotationError as error:
        raise UsageError(str(error)) from None
    _write(file, changed)
    Console(stderr=True).print(f"next: {NEXT[step]}", highlight=False)


def _read(file: Path | None) -> str:
    if file is None:
        return _credentials().signing_keys
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text()
    except OSError as error:
        raise FoodctlError(f"{file}: {error.strerror}") from None


def _write(file: Path | None, document: str) -> None:
    if file is None:
        write_private(_state().credentials, asdict(replace(_credentials(), signing_keys=document)))
    elif str(file) == "-":
        typer.echo(document)
    else:
        from user_service.keys import write  # noqa: PLC0415 - --help should not wait for it

        write(file, document)


def _state() -> State:
    return State(Settings().state)


def _credentials() -> "Credentials":
    from foodctl.credentials import Credentials  # noqa: PLC0415 - --help should not wait for it

    return Credentials.of(_state())
