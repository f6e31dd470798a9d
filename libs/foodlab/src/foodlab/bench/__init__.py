"""Measures the hot paths against references, in one run and in turns, as ratios."""
