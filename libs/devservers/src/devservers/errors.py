"""The errors, shown as one line."""


class DevserversError(Exception):
    """A failure with a message for the user and an exit code, never shown as a traceback."""

    code = 1


class UsageError(DevserversError):
    """The options of the command are invalid."""

    code = 2


class PortTakenError(DevserversError):
    """A required port is in use."""


class StartError(DevserversError):
    """A part of the system ended or did not become ready."""


class StoppedError(DevserversError):
    """The user or the machine requested a stop."""

    code = 130
