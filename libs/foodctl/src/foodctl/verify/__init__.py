"""Checks the invariants of orders, money and events over all databases."""

from foodctl.verify.check import Report, Violation
from foodctl.verify.places import Places
from foodctl.verify.verification import verify

__all__ = ["Places", "Report", "Violation", "verify"]
