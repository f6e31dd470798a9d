"""The page of state machines matches the code."""

from foodlab.docs import machines


def test_the_page_of_machines_is_up_to_date() -> None:
    for path, text in machines().items():
        assert path.read_text() == text, "run `just docs`"
