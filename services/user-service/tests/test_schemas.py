from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from user_service.schemas.accounts import AddressCreate, UserCreate

ADA = {"email": "Ada@Example.com", "password": "correct horse", "name": " Ada ", "role": "customer"}
HOME = {"line1": "1 Main St", "city": "Bern", "postal_code": "3000", "lat": 46.9, "lng": 7.4}


def test_a_sign_up_is_normalised() -> None:
    ada = UserCreate.model_validate(ADA)

    assert (ada.email, ada.name) == ("ada@example.com", "Ada")
    assert "horse" not in repr(ada)


@pytest.mark.parametrize("password", ["xyzzyxyzzy", "x" * 128, "\u00e9" * 128, "  spaces count  ", "\U0001f355" * 10])
def test_a_password_of_ten_to_128_characters_is_accepted(password: str) -> None:
    assert UserCreate.model_validate({**ADA, "password": password}).password.get_secret_value() == password


@pytest.mark.parametrize(
    "change",
    [
        {"role": "admin"}, {"role": "Customer"}, {"role": None}, {"role": ["customer"]},
        {"password": "x" * 9}, {"password": "x" * 129}, {"password": None}, {"password": 1234567890},
        {"password": "1q2w3e4r5t"}, {"password": "QwertyUiop"}, {"password": "\uff11234567890"},
        {"password": "correct\x00horse"}, {"password": "correct\nhorse"}, {"password": "\ud800aaaaaaaaaa"},
        {"email": "nobody"}, {"email": "a@b"}, {"email": "ada@example.com\x00"}, {"email": "\u0430da@example.com"},
        {"email": ["ada@example.com"]}, {"email": "x" * 300 + "@example.com"}, {"email": "\ud800@example.com"},
        {"name": ""}, {"name": "   "}, {"name": "x" * 201}, {"name": "A\x00da"}, {"name": "Ada\r\nlevel=error"},
        {"name": 1}, {"name": True}, {"name": "Ada\u202e"}, {"name": "\ud800"},
        {"id": "018f0000-0000-7000-8000-000000000000"}, {"version": 7}, {"password_hash": "-"}, {"is_admin": True},
    ],
)  # fmt: skip
def test_a_bad_sign_up_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        UserCreate.model_validate({**ADA, **change})

    assert [fault["loc"] for fault in refused.value.errors()] == [tuple(change)]


@pytest.mark.parametrize(
    "change",
    [
        {"lat": 90.1}, {"lat": -91}, {"lng": 181}, {"lat": "46.9"}, {"lat": True}, {"lat": None}, {"line1": ""},
        {"lat": float("nan")}, {"lng": float("inf")}, {"city": "x" * 201}, {"postal_code": 3000},
        {"postal_code": "30\x0000"}, {"user_id": str(uuid4())}, {"id": str(uuid4())}, {"label": 7}, {"label": ""},
    ],
)  # fmt: skip
def test_a_bad_address_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        AddressCreate.model_validate({**HOME, **change})

    assert [fault["loc"] for fault in refused.value.errors()] == [tuple(change)]
