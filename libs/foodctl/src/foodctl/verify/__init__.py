"""Checks the system's invariants over all databases: what must be true of every order, its money and its events."""

from foodctl.verify.check import Report, Violation
from foodctl.verify.places import Places
from foodctl.verify.verification import verify

__all__ = ["Places", "Report", "Violation", "verify"]
