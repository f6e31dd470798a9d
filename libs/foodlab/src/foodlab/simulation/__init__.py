"""The lifecycle of an order without servers: the services' own decisions under a scheduler full of faults."""
