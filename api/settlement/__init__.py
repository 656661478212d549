"""Whether duties are settled, as every member's node reads it from the ledger."""
