"""The demo of all endings of an order."""

from e2e.running import Running

from foodlab.chaotic import ENDINGS


def test_the_chaotic_demo_shows_every_ending(running: Running) -> None:
    shown = running.run("uv run just demo --chaotic")

    assert f"{len(ENDINGS)} of {len(ENDINGS)} orders ended as expected" in shown
    for ending in ENDINGS:
        assert ending.title in shown
