"""Traces of the system that runs here: received over OTLP, kept for a while, and shown as a tree."""
