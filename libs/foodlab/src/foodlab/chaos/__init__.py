"""Chaos runs: real orders, faults from a seeded plan, and a count of the outcomes of orders."""
