"""What waits to be carried to the ledger, durable before the answer."""
