"""One sample of each delivered order, written by its customer."""
