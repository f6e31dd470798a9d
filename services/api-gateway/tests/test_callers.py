import pytest

from api_gateway.callers import UNKNOWN, Callers, bucket_of
from api_gateway.settings import GatewaySettings

HOST = (b"host", b"x")
PROXIES = Callers(GatewaySettings(_env_file=None, trusted_proxies=["10.0.0.0/8", "fd00::/8"]).trusted_proxies)


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("9.9.9.9", b"1.1.1.1", "9.9.9.9"), ("10.0.0.1", None, "10.0.0.1"), ("10.0.0.1", b"1.1.1.1", "1.1.1.1"),
        ("10.0.0.1", b"6.6.6.6, 1.1.1.1, 10.2.2.2", "1.1.1.1"), ("10.0.0.1", b"1.1.1.1, junk", "10.0.0.1"),
        ("10.0.0.1", b"10.1.1.1", "10.0.0.1"), ("fd00::1", b"2001:db8::1", "2001:db8::1"),
        ("no address", b"1.1.1.1", "no address"),
    ],
)  # fmt: skip
def test_only_trusted_proxies_set_the_client_address(peer: str, forwarded: bytes | None, caller: str) -> None:
    assert PROXIES.address(peer, forwarded) == caller


@pytest.mark.parametrize(
    ("address", "bucket"),
    [("1.2.3.4", "1.2.3.4"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("::ffff:1.2.3.4", "1.2.3.4"), ("?", UNKNOWN)],
)
def test_an_address_has_one_bucket(address: str, bucket: str) -> None:
    assert bucket_of(address) == bucket
