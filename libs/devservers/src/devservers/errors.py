"""What is refused or given up on, always said in one clear line."""


class DevserversError(Exception):
    """A failure with a message for the user and an exit code, never shown as a traceback."""

    code = 1


class UsageError(DevserversError):
    """The command cannot be carried out as it was given."""

    code = 2


class PortTakenError(DevserversError):
    """A port we want already has a listener."""


class StartError(DevserversError):
    """A part of the system died or did not become ready."""


class StoppedError(DevserversError):
    """The user or the machine asked us to stop."""

    code = 130
