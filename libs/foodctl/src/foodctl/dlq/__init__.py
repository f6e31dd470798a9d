"""Dead letters: the messages that a service could not handle, looked at, sent back or dropped."""
