"""foodctl."""
