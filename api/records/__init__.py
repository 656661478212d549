"""Submitting signed records and following them."""
