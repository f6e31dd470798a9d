"""Fields shared by several bodies."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from user_service.schemas.emails import normalise
from user_service.schemas.weak_passwords import is_common

BETWEEN = "[ ()./-]*"
NO_CONTROL = r"^[^\u0000-\u001f\u007f-\u009f]*$"


def _no_control(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not re.fullmatch(NO_CONTROL, text) or re.search("[\ud800-\udfff]", text):
        raise ValueError("must not contain control characters")
    return secret


def _uncommon(secret: SecretStr) -> SecretStr:
    if is_common(secret.get_secret_value()):
        raise ValueError("is one of the most common passwords; choose another one")
    return secret


def _phone(number: str) -> str:
    digits = re.sub(BETWEEN, "", number)
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", digits):
        raise ValueError("must be an international number such as +41 44 668 18 00")
    return digits


def phone_part(text: str) -> str | None:
    """Return `text` in the format of stored phone numbers, or None when it cannot be part of a number.

    A national number begins with zeros, which the international format omits.
    """
    part = re.sub(BETWEEN, "", text)
    return part.lstrip("0") or None if re.fullmatch(r"\+?[0-9]{4,15}", part) else None


Email = Annotated[
    str,
    Field(
        max_length=254,
        json_schema_extra={"format": "email"},
        description="an e-mail address",
        examples=["emma@example.com"],
    ),
    AfterValidator(normalise),
]
NewPassword = Annotated[
    SecretStr,
    Field(
        min_length=10,
        max_length=128,
        json_schema_extra={"pattern": NO_CONTROL},
        description="10 to 128 characters, and no common password",
        examples=["demo-password"],
    ),
    AfterValidator(_no_control),
    AfterValidator(_uncommon),
]
Phone = Annotated[
    str,
    Field(
        max_length=40,
        json_schema_extra={"pattern": rf"^{BETWEEN}\+{BETWEEN}[1-9]({BETWEEN}[0-9]){{6,14}}{BETWEEN}$"},
        description="an international number, e.g. +41 44 668 18 00",
    ),
    AfterValidator(_phone),
]
Secret = Annotated[
    SecretStr,
    Field(min_length=1, max_length=1000, json_schema_extra={"pattern": NO_CONTROL}),
    AfterValidator(_no_control),
]
