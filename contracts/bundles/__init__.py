"""Files that travel: the proof bundle and the trust file it is checked against.

`tradeseal-bundle/1` carries everything a verifier needs about one object;
`tradeseal-trust/1` is what the verifier believed beforehand. Both are
specified in docs/formats.
"""

from contracts.bundles.bundle import Bundle, Document, Seal, StorageNodes
from contracts.bundles.trust import Checkpoint, MembershipLayout, Trust

__all__ = [
    "Bundle",
    "Checkpoint",
    "Document",
    "MembershipLayout",
    "Seal",
    "StorageNodes",
    "Trust",
]
