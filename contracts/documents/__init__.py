"""Signed documents: SD-JWT credentials and the X.509 keys that sign them."""
