"""The network engine: CometBFT orders, this process executes (ABCI 2.0 over a socket)."""
