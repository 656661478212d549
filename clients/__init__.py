"""How to use the ledger, and how to check it without trusting a server."""
