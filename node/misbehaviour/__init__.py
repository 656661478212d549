"""From what the engine saw of validators to reports on the ledger."""
