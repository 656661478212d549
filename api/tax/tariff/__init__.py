"""The tariff: its cells, its columns, its versions by date, and which rate applies."""
