"""Events of a system in development, as they leave the services: shown, and forwarded as webhooks."""
