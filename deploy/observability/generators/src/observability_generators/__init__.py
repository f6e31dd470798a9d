"""Generates dashboards, objectives and their rules."""
