"""The state machine: ordinary Ethereum at one hard fork, with bounded execution time."""
