"""A simulated city: customers, kitchens and couriers who use the system through the gateway."""
