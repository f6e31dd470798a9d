import pytest
from security.attacks import read

from api_gateway.headers import nominated, to_client, to_service
from foodchassis.kernel import MalformedRequestError


@pytest.mark.parametrize("name", [*read("headers")["never_forwarded"], "x-nominated"])
def test_a_forbidden_header_is_not_forwarded(name: str) -> None:
    kept = to_service([(name.encode(), b"1"), (b"accept", b"*/*")], b"close, X-Nominated", traced=False)

    assert kept == b"accept: */*\r\n"


def test_other_headers_are_forwarded_in_order() -> None:
    given = [(b"cookie", b"a=1"), (b"x-a", "ä".encode()), (b"accept", b"1"), (b"accept", b"2")]

    kept = to_service(given, None, traced=False)

    assert kept == "cookie: a=1\r\nx-a: ä\r\naccept: 1\r\naccept: 2\r\n".encode()


def test_only_trusted_trace_state_is_forwarded_and_no_traceparent() -> None:
    given = [(b"traceparent", b"00-1-2-01"), (b"tracestate", b"a=b")]

    assert to_service(given, None, traced=True) == b"tracestate: a=b\r\n"


def test_a_header_that_is_not_text_is_refused() -> None:
    with pytest.raises(MalformedRequestError):
        to_service([(b"x-a", b"\xff\xfe")], None, traced=False)


def test_nominated_names_are_trimmed_and_lowered() -> None:
    assert nominated(b" Close ,X-One") == {b"close", b"x-one"}
    assert nominated(None) == frozenset()


def test_hop_by_hop_headers_of_responses_are_removed() -> None:
    raw = [
        (b"connection", b"x-in"),
        (b"x-in", b"1"),
        (b"x-too", b"1"),
        (b"content-length", b"5"),
        (b"vary", b"a"),
        (b"location", b"http://a:1/b"),
        (b"connection", b"X-Too"),
    ]

    assert to_client(raw, b"http://a:1") == [(b"vary", b"a"), (b"location", b"/b")]
    assert to_client([(b"location", b"http://a:12/b")], b"http://a:1") == [(b"location", b"http://a:12/b")]
