"""The ledger's durable store: blocks, receipts, state, seals; one atomic write per block."""
