"""A bank that behaves badly on purpose: for trials of customs' door."""
