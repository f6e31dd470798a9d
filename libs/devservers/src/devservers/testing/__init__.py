"""Fixtures of pytest: the servers of a session, a virtual host and a Redis database of its own for every test."""
