from typing import Annotated

import pytest
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field, TypeAdapter

from user_service.routes.forms import form
from user_service.schemas.tokens import PasswordGrant, RefreshGrant

read = form(TypeAdapter[PasswordGrant | RefreshGrant](
    Annotated[PasswordGrant | RefreshGrant, Field(discriminator="grant_type")]
))  # fmt: skip
MEDIA_TYPE = "application/x-www-form-urlencoded"


def request(body: bytes, media_type: str = MEDIA_TYPE) -> Request:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({"type": "http", "headers": [(b"content-type", media_type.encode())]}, receive)


@pytest.mark.parametrize("media_type", [MEDIA_TYPE, MEDIA_TYPE + "; charset=UTF-8", MEDIA_TYPE.upper()])
async def test_a_form_is_read(media_type: str) -> None:
    grant = await read(request(b"grant_type=password&username=a%40b.example&password=%C3%A9+x&scope=", media_type))

    assert isinstance(grant, PasswordGrant)
    assert (grant.username, grant.password.get_secret_value(), grant.scope) == ("a@b.example", "\u00e9 x", None)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"grant_type=password", b"grant_type=password&username=a@example.com", b"username=a&password=b",
        b"grant_type=password&username=&password=x", b"grant_type=client_credentials", b"grant_type=refresh_token",
        b"grant_type=password&username=a@example.com&password=x&role=admin",
        b"grant_type=password&username=a@example.com&password=x&refresh_token=y",
        b"grant_type=password&grant_type=password&username=a@example.com&password=x",
        b"grant_type=password&username=a@example.com&username=b@example.com&password=x",
        b"grant_type=password&username=a@example.com&password=%00", b"grant_type=password&username=a&password=%ff",
        b"grant_type=password&username=\xff&password=x", b"grant_type=refresh_token&refresh_token=" + b"x" * 1001,
        b"&".join(b"a%d=1" % n for n in range(50)), b"\x00=\x00", b'{"grant_type": "password"}', b"&&&===",
    ],
)  # fmt: skip
async def test_a_bad_form_is_refused(body: bytes) -> None:
    with pytest.raises(RequestValidationError) as refused:
        await read(request(body))

    assert refused.value.errors()


@pytest.mark.parametrize("media_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
async def test_other_media_types_are_refused(media_type: str) -> None:
    with pytest.raises(RequestValidationError, match="must be"):
        await read(request(b"grant_type=password&username=a@example.com&password=x", media_type))
