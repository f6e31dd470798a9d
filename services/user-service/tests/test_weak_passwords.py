import pytest

from user_service.schemas.weak_passwords import is_common, repeats


def test_the_list_contains_only_passwords_of_valid_length() -> None:
    assert is_common("qwertyuiop")
    assert is_common("QWERTYuiop")
    assert not is_common("correct horse battery")


@pytest.mark.parametrize(
    "password", ["ada.lovelace", "Ada.Lovelace1", "ada.lovelace@example.com", "AdaLovelaceAdaLovelace"]
)
def test_a_password_that_repeats_the_account_is_weak(password: str) -> None:
    assert repeats(password, "ada.lovelace@example.com", "AdaLovelace")


@pytest.mark.parametrize("password", ["correct horse battery", "ada.lovelace and her engine", "Ada 1815 analytical"])
def test_a_password_may_contain_the_name(password: str) -> None:
    assert not repeats(password, "ada.lovelace@example.com", "Ada")
