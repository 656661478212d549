"""Clearance as an organisation's node knows it, and the work of a customs office."""
