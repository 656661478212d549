"""Read models of certificates of origin."""
