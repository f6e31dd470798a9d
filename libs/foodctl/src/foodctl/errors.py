"""What foodctl refuses or gives up on, always said in one clear line."""

from devservers.errors import DevserversError


class FoodctlError(DevserversError):
    """A failure with a message for the user and an exit code, never shown as a traceback."""


class PhaseError(FoodctlError):
    """The system runs, and what was to come next failed."""

    code = 4
