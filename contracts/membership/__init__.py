"""Membership: who belongs to the network, with which keys, and which code speaks."""
