"""Grafana's dashboards, built from a few tables and written as JSON that Grafana provisions."""

from foodctl.dashboards.files import dashboards

__all__ = ["dashboards"]
