import pytest

from api_gateway.callers import Callers
from api_gateway.errors import BodyTooLargeError, HeadersTooLargeError, MalformedRequestError
from api_gateway.framing import check_framing, check_headers
from api_gateway.settings import GatewaySettings

HOST = (b"host", b"x")
PROXIES = Callers(GatewaySettings(_env_file=None, trusted_proxies=["10.0.0.0/8", "fd00::/8"]).trusted_proxies)


@pytest.mark.parametrize(
    "headers",
    [
        [], [HOST, HOST], [(b"host", b"")], [(b"host", b"a b")], [(b"host", b"u@h")], [(b"host", b"a/b")],
        [(b"host", b"h:x")], [(b"host", b"h:1:2")], [(b"host", b"[::1")], [(b"host", b"a,b")],
        [HOST, (b"authorization", b"a"), (b"authorization", b"b")],
        [HOST, (b"content-type", b"a"), (b"content-type", b"b")],
    ],
)  # fmt: skip
def test_unclear_headers_are_refused(headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(MalformedRequestError):
        check_headers(headers, max_bytes=1000, max_headers=10)


@pytest.mark.parametrize("host", [b"localhost:8000", b"api.example.com", b"10.0.0.1", b"[::1]:80"])
def test_usual_hosts_pass(host: bytes) -> None:
    assert check_headers([(b"host", host)], max_bytes=1000, max_headers=10) == {b"host": host}


def test_headers_have_a_number_and_a_size() -> None:
    check_headers([HOST, *[(b"a", b"b")] * 9], max_bytes=1000, max_headers=10)
    for headers in ([HOST, *[(b"a", b"b")] * 10], [HOST, (b"a", b"b" * 1000)]):
        with pytest.raises(HeadersTooLargeError):
            check_headers(headers, max_bytes=1000, max_headers=10)


@pytest.mark.parametrize(
    ("length", "coding", "version"),
    [
        (b"5", b"chunked", "1.1"), (None, b"gzip, chunked", "1.1"), (None, b"xchunked", "1.1"),
        (None, b"identity", "1.1"),
        (None, b"chunked", "1.0"), (b"+5", None, "1.1"), (b"-1", None, "1.1"), (b"0x5", None, "1.1"),
        (b"5, 5", None, "1.1"),
        (b"", None, "1.1"), (b"9" * 21, None, "1.1"),
    ],
)  # fmt: skip
def test_an_unclear_length_is_refused(length: bytes | None, coding: bytes | None, version: str) -> None:
    found = {b"content-length": length, b"transfer-encoding": coding}
    with pytest.raises(MalformedRequestError):
        check_framing({name: value for name, value in found.items() if value is not None}, version, 100)


def test_a_client_that_asks_first_is_told_at_once() -> None:
    with pytest.raises(BodyTooLargeError):
        check_framing({b"content-length": b"101", b"expect": b"100-continue"}, "1.1", 100)
