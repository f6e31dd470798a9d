"""The errors of foodctl, shown as one line."""

from devservers.errors import DevserversError


class FoodctlError(DevserversError):
    """A failure with a message for the user and an exit code, never shown as a traceback."""


class PhaseError(FoodctlError):
    """The system runs, but the next phase failed."""

    code = 4
