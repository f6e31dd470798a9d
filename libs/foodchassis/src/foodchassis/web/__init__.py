"""HTTP: authentication, problem+json, idempotency, pagination, health."""
