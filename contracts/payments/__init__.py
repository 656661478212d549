"""Payments: what is due on a declaration, who paid or guaranteed it, and whether it is settled."""
