import pytest

from user_service.schemas.emails import normalise


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("ada@example.com", "ada@example.com"),
        ("Ada@Example.COM", "ada@example.com"),
        ("  ada@example.com ", "ada@example.com"),
        ("ada+food@mail.example.com", "ada+food@mail.example.com"),
        ("\uff41da@example.com", "ada@example.com"),
        ("ada\uff20example.com", "ada@example.com"),
        ("\u212aada@example.com", "kada@example.com"),
        ("x" * 64 + "@example.com", "x" * 64 + "@example.com"),
    ],
)
def test_spellings_of_one_address_are_normalised(given: str, stored: str) -> None:
    assert normalise(given) == stored
    assert normalise(stored) == stored


@pytest.mark.parametrize(
    "given",
    [
        "", "ada", "@example.com", "ada@", "ada@example", "ada@@example.com", "ada@example..com", "ada@-example.com",
        "ada b@example.com", "ada@exam ple.com", "ada@example.com\r\nBcc: eve@example.com",
        "ada\x00@example.com", "\ud800@example.com", "\u0430da@example.com", "ada@ex\u0430mple.com",
        "stra\u00dfe@example.com", "ada@example.com\u202e", "x" * 65 + "@example.com", "a@" + "b" * 64 + ".com",
        "a@" + ".".join(["b" * 60] * 5) + ".com",
    ],
)  # fmt: skip
def test_an_invalid_address_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="e-mail"):
        normalise(given)
