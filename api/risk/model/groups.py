"""The groups that an item belongs to, as hashes, so that a history keeps no names; pure.

Forty bits: among a million groups one new group in a million meets another's counts. Hashing keeps
names out of sight and the tables small; it does not make them anonymous to who can guess names.
"""

from functools import lru_cache
from hashlib import blake2b
from typing import Final

from api.risk.model.catalogue import GROUPINGS
from api.risk.model.item import Item, goods_key, plain

KEY_BYTES: Final = 5
_CACHED: Final = 50_000


def group_keys(item: Item) -> tuple[int, ...]:
    """Return the hash of each group in the order of `GROUPINGS`; 0 where the item has no such."""
    hs6, origin = item.hs6, item.origin
    return (
        _hashed(goods_key(item)),
        _hashed(f"{hs6}|{plain(round(item.price, 2))}"),
        _often(hs6),
        _often(hs6[:4]),
        _often(f"{hs6}|{origin}"),
        _often(origin),
        _often(f"{origin}|{item.departure}"),
        _often(item.office),
        _often(item.tax_type),
        _often(item.importer),
        _often(item.declarant),
        _often(item.seller) if item.seller else 0,
    )


def _hashed(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=KEY_BYTES).digest(), "big") or 1


_often = lru_cache(maxsize=_CACHED)(_hashed)
assert len(GROUPINGS) == 12  # noqa: S101, PLR2004 - `group_keys` lists them by hand
