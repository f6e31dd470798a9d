"""A receiver that holds the newest traces for `foodctl trace`."""
