"""Migrations of the chassis's tables."""
