"""Redis and metrics."""
