"""Real PostgreSQL, Redis, RabbitMQ and Prometheus on this machine: from URLs, in containers, or as processes."""
