"""What docs/ shows of the machines is what the code runs from."""

from foodlab.docs import machines


def test_the_page_of_machines_is_what_the_code_says() -> None:
    for path, text in machines().items():
        assert path.read_text() == text, "run `just docs`"
