"""Applications of restaurants and drivers."""

import pytest

from foodchassis.kernel import IllegalTransitionError
from foodevents import ApplicationSettings, Standing, judge

DECIDED = {
    ("pending", "approve"): "approved",
    ("pending", "reject"): "rejected",
    ("approved", "approve"): "approved",
    ("approved", "suspend"): "suspended",
    ("rejected", "approve"): "approved",
    ("rejected", "reject"): "rejected",
    ("suspended", "approve"): "approved",
    ("suspended", "suspend"): "suspended",
}
OTHERS = [(one, verdict) for one in Standing for verdict in ("approve", "reject", "suspend")]


@pytest.mark.parametrize(("before", "verdict"), OTHERS)
def test_an_admin_decides_as_in_the_table(before: Standing, verdict: str) -> None:
    if (before, verdict) in DECIDED:
        assert judge(before, verdict) is Standing(DECIDED[before, verdict])
    else:
        with pytest.raises(IllegalTransitionError, match=f"application is {before}"):
            judge(before, verdict)


@pytest.mark.parametrize(
    ("environment", "chosen", "standing"),
    [
        ("prod", None, Standing.PENDING),
        ("prod", True, Standing.APPROVED),
        ("dev", None, Standing.APPROVED),
        ("dev", False, Standing.PENDING),
    ],
)
def test_production_requires_an_approval_unless_configured_otherwise(
    environment: str, chosen: bool | None, standing: Standing
) -> None:
    settings = ApplicationSettings(service_name="any", environment=environment, approve_applications=chosen)

    assert settings.first_standing is standing
