"""Menus of restaurants, from spreadsheets."""
