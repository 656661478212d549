"""The SDK: signs locally, talks to one organisation's door, checks what it is told.

What can be checked without trusting the server is checked: a record's digest, a document's
hash, a key's identifier. That a record is final, only a bundle proves (`clients.auditor`).
"""

from clients.sdk.client import Client

__all__ = ["Client"]
