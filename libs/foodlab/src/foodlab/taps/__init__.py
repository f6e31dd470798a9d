"""The events of a development system: printed, and forwarded as webhooks."""
