"""What foodctl refuses or gives up on, always said in one clear line."""


class FoodctlError(Exception):
    """A failure with a message for the user and an exit code, never shown as a traceback."""

    code = 1


class UsageError(FoodctlError):
    """The command cannot be carried out as it was given."""

    code = 2


class PortTakenError(FoodctlError):
    """A port we want already has a listener."""


class StartError(FoodctlError):
    """A part of the system died or did not become ready."""


class StoppedError(FoodctlError):
    """The user or the machine asked us to stop."""

    code = 130


class PhaseError(FoodctlError):
    """The system runs, and what was to come next failed."""

    code = 4
