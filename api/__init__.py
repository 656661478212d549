"""One organisation's door: HTTP under /v1."""
