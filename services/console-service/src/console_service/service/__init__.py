"""The content of each page, read from the API and updated when it changes."""
