"""What talks to the API, to Redis and in HTML."""
