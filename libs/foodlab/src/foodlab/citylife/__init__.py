"""A city that lives: customers, kitchens and couriers who use the system as people do, through the gateway alone."""
