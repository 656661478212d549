"""The keys an organisation holds: its account, its validator key, its document keys."""
