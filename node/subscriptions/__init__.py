"""Who follows what happens: events from the read models, and webhooks that miss nothing."""
