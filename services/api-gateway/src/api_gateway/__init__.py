"""The one public door: routes, verifies, limits and forwards requests to the services."""
