"""What went between administrations, and what waits."""
