"""What one organisation holds: keys, outbox, read models, documents."""
