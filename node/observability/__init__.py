"""What a node tells its operator: metrics of outbox, indexer, ledger and doors."""
