"""The random beacon at one organisation: its key, and the outputs that it owes."""
