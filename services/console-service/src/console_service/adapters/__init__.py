"""The API, Redis and HTML templates."""
