"""The payment provider and the metrics."""
