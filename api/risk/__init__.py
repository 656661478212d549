"""Risk of a declaration: a scoring model, and the rules that decide with or without it."""
