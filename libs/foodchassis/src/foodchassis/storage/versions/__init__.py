"""Migrations of the tables the chassis keeps in every service."""
