"""Migrations of the read database."""
