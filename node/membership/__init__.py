"""Read models of who may do what."""
