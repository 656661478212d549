"""Dated rules of the debt book, as data."""
