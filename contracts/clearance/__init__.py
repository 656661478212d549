"""Clearance: a declaration from its registration to the exit of its goods."""
