"""menu_service."""
