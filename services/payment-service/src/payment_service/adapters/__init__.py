"""What talks to the payment provider and to the metrics."""
