"""Applications of restaurants and drivers, decided by admins."""

from enum import StrEnum

from pydantic import Field

from foodchassis import Schema, Text
from foodchassis.kernel import Machine, Step


class Standing(StrEnum):
    """The standing of an applicant."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUSPENDED = "suspended"


APPLICATION = Machine(
    Standing,
    Step(None, "apply", Standing.PENDING, by="restaurant or driver"),
    Step(None, "apply where all are approved", Standing.APPROVED, by="restaurant or driver"),
    Step((Standing.PENDING, Standing.REJECTED, Standing.SUSPENDED), "approve", Standing.APPROVED, by="admin"),
    Step(Standing.PENDING, "reject", Standing.REJECTED, by="admin"),
    Step(Standing.APPROVED, "suspend", Standing.SUSPENDED, by="admin"),
    name="application",
)
RESULTS = {"approve": Standing.APPROVED, "reject": Standing.REJECTED, "suspend": Standing.SUSPENDED}


class Reason(Schema):
    """The reason of an admin's action, which is shown to the owner or driver."""

    reason: Text = Field(examples=["The hygiene certificate has expired."])
    """The reason, in a sentence."""


def judge(standing: Standing, verdict: str) -> Standing:
    """Return the standing after an admin's `verdict`; repeating the same verdict changes nothing.

    Raises IllegalTransitionError.
    """
    return standing if standing is RESULTS[verdict] else APPLICATION.step(standing, verdict).target
