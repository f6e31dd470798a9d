"""Grafana's dashboards, built from a few tables and written as JSON that Grafana provisions."""

from observability_generators.dashboards.files import dashboards

__all__ = ["dashboards"]
