"""Drivers, dispatch and deliveries: from a paid order to the food at the door."""
