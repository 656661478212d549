"""Bundles and seals."""
