"""Taxes of a declaration: tariffs, rates, computation."""
