"""The public gateway: routes, verifies, limits and forwards requests to the services."""
