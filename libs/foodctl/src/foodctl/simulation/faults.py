"""What may go wrong in one step of a history."""

from enum import StrEnum


class Fault(StrEnum):
    """A crash at one place of a node's work, or of its conversation with the payment provider."""

    NONE = "nothing"
    CRASH_BEFORE_COMMIT = "the node dies before its commit"
    CRASH_AFTER_COMMIT = "the node dies after its commit, before it acknowledges"
    CRASH_AFTER_PUBLISH = "the relay dies after publishing, before it deletes"
    CRASH_BEFORE_PUBLISH = "the relay dies before the broker confirms"
    CRASH_BEFORE_ASKING = "the node dies, or gets no answer, and the provider does nothing"
    CRASH_AFTER_EFFECT = "the provider acts and the node dies, or gets no answer"


IN_WORK = (Fault.CRASH_BEFORE_COMMIT, Fault.CRASH_AFTER_COMMIT)
IN_RELAY = (Fault.CRASH_AFTER_PUBLISH, Fault.CRASH_BEFORE_PUBLISH)
IN_ASKING = (Fault.CRASH_BEFORE_ASKING, Fault.CRASH_AFTER_EFFECT)
