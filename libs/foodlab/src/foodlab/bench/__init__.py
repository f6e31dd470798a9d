"""Measures the hot paths as ratios to references, in alternating rounds of one run."""
