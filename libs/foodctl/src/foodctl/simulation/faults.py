"""What may go wrong in one step of a history."""

from enum import StrEnum


class Fault(StrEnum):
    """A crash at one place of a node's work, or trouble with the payment provider."""

    NONE = "nothing"
    CRASH_BEFORE_COMMIT = "the node dies before its commit"
    CRASH_AFTER_COMMIT = "the node dies after its commit, before it acknowledges"
    CRASH_AFTER_PUBLISH = "the relay dies after publishing, before it deletes"
    CRASH_BEFORE_PUBLISH = "the relay dies before the broker confirms"
    NO_ANSWER = "the provider does not answer and does nothing"
    LOST_ANSWER = "the provider acts and its answer is lost"


TROUBLE = (Fault.LOST_ANSWER, Fault.NO_ANSWER)
CRASHES = (Fault.CRASH_BEFORE_COMMIT, Fault.CRASH_AFTER_COMMIT)
IN_RELAY = (Fault.CRASH_AFTER_PUBLISH, Fault.CRASH_BEFORE_PUBLISH)
# What may befall each node at work; only one of them has to do with the provider.
IN_WORK = {"order": CRASHES, "delivery": CRASHES, "payment": (*CRASHES, *TROUBLE)}
