"""Whether the node works."""
