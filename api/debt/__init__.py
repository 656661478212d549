"""The debt book behind HTTP: accounts, statements, decisions."""
