"""Payments at customs' door: payers order, banks credit, officers decide."""
