"""What customers say about their delivered orders."""
