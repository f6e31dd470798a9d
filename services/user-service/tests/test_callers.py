import pytest

from user_service.routes.callers import client_address


@pytest.mark.parametrize(
    ("forwarded", "peer", "proxies", "counted"),
    [
        ("", "10.0.0.9", 1, "10.0.0.9"),
        ("203.0.113.7", "10.0.0.9", 1, "203.0.113.7"),
        ("1.1.1.1, 203.0.113.7", "10.0.0.9", 1, "203.0.113.7"),
        ("1.1.1.1,203.0.113.7,10.0.0.2", "10.0.0.9", 2, "203.0.113.7"),
        ("203.0.113.7", "10.0.0.9", 2, "10.0.0.9"),
        ("203.0.113.7", "10.0.0.9", 0, "10.0.0.9"),
        ("203.0.113.7,", "10.0.0.9", 1, "203.0.113.7"),
        ("nonsense", "10.0.0.9", 1, "10.0.0.9"),
        ("2001:db8:1:2:3:4:5:6", "10.0.0.9", 1, "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "10.0.0.9", 1, "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "10.0.0.9", 1, "203.0.113.7"),
    ],
)
def test_an_attempt_counts_for_the_address_that_the_own_proxy_reports(
    forwarded: str, peer: str, proxies: int, counted: str
) -> None:
    assert client_address(forwarded, peer, proxies) == counted
