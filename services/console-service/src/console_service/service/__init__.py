"""What each page shows: read from the API, and updated when it changes."""
