import pytest
from security.attacks import read

from api_gateway.errors import BodyTooLargeError, TargetTooLongError, UnsafePathError
from api_gateway.guards import check_framing, check_headers, check_target
from foodchassis.kernel import HeadersTooLargeError, MalformedRequestError

HOST = (b"host", b"x")


@pytest.mark.parametrize(
    "headers",
    [
        [], [HOST, HOST], [(b"host", b"")], [(b"host", b"a b")], [(b"host", b"u@h")], [(b"host", b"a/b")],
        [(b"host", b"h:x")], [(b"host", b"h:1:2")], [(b"host", b"[::1")], [(b"host", b"a,b")],
        [HOST, (b"authorization", b"a"), (b"authorization", b"b")],
        [HOST, (b"content-type", b"a"), (b"content-type", b"b")],
    ],
)  # fmt: skip
def test_ambiguous_headers_are_refused(headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(MalformedRequestError):
        check_headers(headers, max_bytes=1000, max_headers=10)


@pytest.mark.parametrize("host", [b"localhost:8000", b"api.example.com", b"10.0.0.1", b"[::1]:80"])
def test_usual_hosts_are_accepted(host: bytes) -> None:
    assert check_headers([(b"host", host)], max_bytes=1000, max_headers=10) == {b"host": host}


def test_number_and_size_of_headers_are_limited() -> None:
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
def test_an_ambiguous_length_is_refused(length: bytes | None, coding: bytes | None, version: str) -> None:
    found = {b"content-length": length, b"transfer-encoding": coding}
    with pytest.raises(MalformedRequestError):
        check_framing({name: value for name, value in found.items() if value is not None}, version, 100)


def test_an_oversized_body_is_refused_before_100_continue() -> None:
    with pytest.raises(BodyTooLargeError):
        check_framing({b"content-length": b"101", b"expect": b"100-continue"}, "1.1", 100)


PATHS = read("paths")


@pytest.mark.parametrize("path", PATHS["one_reading"])
def test_an_unambiguous_path_is_accepted(path: str) -> None:
    check_target(path.encode(), b"q=%00%2e%2e/&a[]=%5c", 100)


@pytest.mark.parametrize("path", PATHS["two_readings"])
def test_an_ambiguous_path_is_refused(path: str) -> None:
    with pytest.raises(UnsafePathError):
        check_target(path.encode(), b"", 100)


@pytest.mark.parametrize("query", [b"a=\x00", b"a= b", b"a=\xc3\xa4", b"\x7f", b"a\tb"])
def test_a_raw_query_is_refused(query: bytes) -> None:
    with pytest.raises(UnsafePathError, match="query"):
        check_target(b"/orders", query, 100)


def test_a_target_of_the_maximum_length_is_accepted() -> None:
    check_target(b"/" + b"a" * 49, b"b" * 50, 100)
    with pytest.raises(TargetTooLongError):
        check_target(b"/" + b"a" * 50, b"b" * 50, 100)


def test_a_very_long_path_is_checked_in_time() -> None:
    with pytest.raises(UnsafePathError):
        check_target(b"/a" * 50_000 + b"/..", b"", 1_000_000)
