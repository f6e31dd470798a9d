"""The use cases: the only code here that queries and publishes."""
