"""Events as pages and streams, and webhooks."""
