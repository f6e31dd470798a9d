"""Drivers, dispatch and deliveries."""
