"""Ethereum JSON-RPC over the ledger: in process for web3.py, and over HTTP."""
