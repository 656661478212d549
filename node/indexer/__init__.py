"""Follows the ledger into the read models."""
