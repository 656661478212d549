"""Documents by their digest."""
