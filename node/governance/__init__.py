"""Proposals: their votes gathered, and carried once they are decided."""
