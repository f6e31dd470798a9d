"""What each page shows: read from the API, and kept in line with it."""
