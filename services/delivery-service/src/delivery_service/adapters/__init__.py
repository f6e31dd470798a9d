"""What speaks to Redis for delivery-service."""
