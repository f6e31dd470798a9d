"""What talks to Redis and to the metrics."""
