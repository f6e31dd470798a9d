"""Simulates the lifecycle of an order without servers: the services' decisions under a scheduler with faults."""
