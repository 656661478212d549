"""The goods that a certified exporter may declare itself; pure.

The authority keeps the list, the ledger its RFC 9162 root. For each item of an origin
declaration the exporter shows the good with its proof, and nothing of the others; a good
covers an item of its HS subheading with its criterion.

Source: ATIGA, Annex 8, Rules 12A and 12B: the products for which an exporter is certified.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import rfc8785

from chain.proofs.constants import Hash32
from chain.proofs.errors import ProofError
from chain.proofs.rfc9162 import (
    TreeHead,
    inclusion_proof,
    leaf_hash,
    tree_root,
    verify_inclusion,
)
from contracts.errors import FormError
from contracts.origin.form_model import Item

GOODS_LIMIT: Final = 10_000
_SUBHEADING: Final = 6


@dataclass(frozen=True, slots=True)
class AuthorisedGood:
    """One good that an exporter is certified for.

    Attributes:
        hs_code: Subheading of the Harmonized System, 6 digits.
        description: As the authority wrote it.
        criterion: Origin criterion as box 8 shows it, such as "CTH".
    """

    hs_code: str
    description: str
    criterion: str

    def __post_init__(self) -> None:
        """Refuse what is no good."""
        if len(self.hs_code) != _SUBHEADING or not self.hs_code.isdecimal():
            raise FormError("hs_code", f"{self.hs_code[:20]!r} is no subheading", "give 6 digits")
        if not self.description.strip() or not self.criterion.strip():
            raise FormError("good", "is not described", "give description and criterion")

    @property
    def leaf(self) -> bytes:
        """The leaf of the tree: canonical JSON."""
        value = {
            "criterion": self.criterion,
            "description": self.description,
            "hs_code": self.hs_code,
        }
        return rfc8785.dumps(value)

    def covers(self, item: Item) -> bool:
        """Say whether an item of a declaration is of this good."""
        same = item.hs_code[:_SUBHEADING] == self.hs_code
        return same and item.origin_criterion == self.criterion


@dataclass(frozen=True, slots=True)
class GoodProof:
    """That a good stands in an exporter's list.

    Attributes:
        good: The good.
        index: Its place in the list, from 0.
        size: How many goods the list has.
        path: Hashes of RFC 9162, section 2.1.3, 32 bytes each.
    """

    good: AuthorisedGood
    index: int
    size: int
    path: tuple[bytes, ...]

    @classmethod
    def of(cls, goods: Sequence[AuthorisedGood], index: int) -> Self:
        """Return the proof of one good of a list."""
        hashes = [leaf_hash(leaf) for leaf in _leaves(goods)]
        return cls(goods[index], index, len(goods), inclusion_proof(hashes, index))

    def is_proved(self, root: bytes) -> bool:
        """Say whether the good stands in the list whose root the ledger holds."""
        try:
            head = TreeHead(self.size, Hash32(root))
            verify_inclusion(head, self.index, self.good.leaf, self.path)
        except ProofError:
            return False
        return True


def goods_root(goods: Sequence[AuthorisedGood]) -> bytes:
    """Return the root that an authorisation names.

    Raises:
        FormError: No goods, too many, or one twice.
    """
    return tree_root(_leaves(goods))


def uncovered_items(
    items: Sequence[Item], proofs: Sequence[GoodProof], root: bytes
) -> tuple[int, ...]:
    """Return the numbers of the items that no proved good covers.

    Args:
        items: The items of an origin declaration.
        proofs: What the exporter shows.
        root: Root of its authorised goods, by the ledger.
    """
    proved = [proof.good for proof in proofs if proof.is_proved(root)]
    return tuple(item.item_no for item in items if not any(good.covers(item) for good in proved))


def _leaves(goods: Sequence[AuthorisedGood]) -> list[bytes]:
    if not 0 < len(goods) <= GOODS_LIMIT or len(set(goods)) != len(goods):
        raise FormError("goods", f"are {len(goods)}", f"give 1 to {GOODS_LIMIT}, each once")
    return [good.leaf for good in goods]
