import pytest

from devservers.errors import UsageError
from foodctl.catalog import parse_ports


def test_ports_are_chosen_by_name() -> None:
    assert parse_ports(["gateway=9000", "postgres=15433"]) == {"gateway": 9000, "postgres": 15433}


@pytest.mark.parametrize("choice", ["gateway", "gateway=", "gateway=x", "gateway=0", "gateway=65536", "nobody=9000"])
def test_an_invalid_port_is_refused(choice: str) -> None:
    with pytest.raises(UsageError, match="give NAME=NUMBER"):
        parse_ports([choice])
