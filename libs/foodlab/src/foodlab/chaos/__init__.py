"""The whole system under fire: real orders, faults from a seeded plan, and a count of what became of each order."""
