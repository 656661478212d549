"""Clearance of declarations: taxes of a declaration, times of release."""
