"""The demonstration: a small network in one process, from issue to offline verification."""
