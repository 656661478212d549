"""Settlement as the ledger has it: what every member's node reads, without amounts."""
