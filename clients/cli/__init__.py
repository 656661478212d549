"""The `tradeseal` command."""
