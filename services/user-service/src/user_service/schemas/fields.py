"""Fields that several bodies have."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from user_service.schemas.emails import normalise
from user_service.schemas.weak_passwords import is_common


def _no_control(secret: SecretStr) -> SecretStr:
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in secret.get_secret_value()):
        raise ValueError("must not contain control characters")
    return secret


def _uncommon(secret: SecretStr) -> SecretStr:
    if is_common(secret.get_secret_value()):
        raise ValueError("is one of the most common passwords; choose another one")
    return secret


def _phone(number: str) -> str:
    digits = re.sub(r"[ ()./-]", "", number)
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", digits):
        raise ValueError("must be an international number such as +41 44 668 18 00")
    return digits


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
        description="10 to 128 characters, and no common password",
        examples=["demo-password"],
    ),
    AfterValidator(_no_control),
    AfterValidator(_uncommon),
]
Phone = Annotated[
    str, Field(max_length=40, description="an international number, e.g. +41 44 668 18 00"), AfterValidator(_phone)
]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=1000), AfterValidator(_no_control)]
