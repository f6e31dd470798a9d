"""Pytest fixtures: the servers of a session, and a virtual host and a Redis database for every test."""
