"""Traces of the running system: received over OTLP, kept in memory, and printed as a tree."""
