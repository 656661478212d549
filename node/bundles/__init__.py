"""Proof bundles built from the ledger."""
