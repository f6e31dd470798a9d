"""Pure rules: what changed on a page, what a machine looks like, how amounts are written."""
