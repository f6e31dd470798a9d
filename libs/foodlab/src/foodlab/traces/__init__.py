"""A receiver that keeps the newest traces for `foodctl trace`."""
