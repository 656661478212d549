"""The random beacon over HTTP: who sits in a panel, what it published, what it drew."""
