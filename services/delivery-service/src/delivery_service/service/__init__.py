"""Use cases of delivery-service; only this package queries and publishes."""
