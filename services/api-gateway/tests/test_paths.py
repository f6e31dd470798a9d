import pytest

from api_gateway.errors import TargetTooLongError, UnsafePathError
from api_gateway.paths import check_target

GOOD = [
    "/", "/orders", "/orders/", "/orders/0190-ab_c~d", "/.well-known/jwks.json", "/a/...", "/a/..b", "/a/b.c;v=1",
    "/users/me/%C3%A4", "/a/%20b", "/a:b@c/(d)!$&'*+,=", "/a/.b",
]  # fmt: skip
BAD = [
    "", "orders", "*", "//orders", "/orders//1", "/orders//", "/.", "/..", "/orders/../users", "/orders/./1",
    "/orders/..", "/orders/..;/users", "/orders/.;x", "/orders/%2e%2e/users", "/orders/%2E", "/orders/.%2e/x",
    "/orders%2fusers", "/orders%2F..", "/orders%5cusers", "/orders%5C", "/orders\\users", "/orders/%00",
    "/orders/%0d%0a",
    "/orders/%1f", "/orders/%7f", "/orders/%252e%252e", "/orders/%25", "/orders/%", "/orders/%2", "/orders/%zz",
    "/orders/%c0%ae", "/orders/%c0%af", "/orders/%e0%80%af", "/orders/%ff", "/orders/%C3", "/orders/a b",
    "/orders/\x00",
    '/orders/"', "/orders/<x>", "/orders/{x}", "/orders/^", "/orders/|", "/orders/`", "/orders/ä", "/orders#x",
    "/orders?x",
]  # fmt: skip


@pytest.mark.parametrize("path", GOOD)
def test_a_path_with_one_reading_passes(path: str) -> None:
    check_target(path.encode(), b"q=%00%2e%2e/&a[]=%5c", 100)


@pytest.mark.parametrize("path", BAD)
def test_a_path_with_two_readings_is_refused(path: str) -> None:
    with pytest.raises(UnsafePathError):
        check_target(path.encode(), b"", 100)


@pytest.mark.parametrize("query", [b"a=\x00", b"a= b", b"a=\xc3\xa4", b"\x7f", b"a\tb"])
def test_a_raw_query_is_refused(query: bytes) -> None:
    with pytest.raises(UnsafePathError, match="query"):
        check_target(b"/orders", query, 100)


def test_the_longest_target_just_passes() -> None:
    check_target(b"/" + b"a" * 49, b"b" * 50, 100)
    with pytest.raises(TargetTooLongError):
        check_target(b"/" + b"a" * 50, b"b" * 50, 100)


def test_a_very_long_path_is_checked_in_time() -> None:
    with pytest.raises(UnsafePathError):
        check_target(b"/a" * 50_000 + b"/..", b"", 1_000_000)
