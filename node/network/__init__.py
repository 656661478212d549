"""Running an organisation's engine, ledger and door: founding, supervision, backups."""
