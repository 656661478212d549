"""The two SQL databases of an organisation.

`read` holds what can be rebuilt from the ledger; `state` holds what cannot: the outbox and
the idempotency keys. They are never joined, so that one can be thrown away and the other
be backed up.
"""
