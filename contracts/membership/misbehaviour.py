"""Misbehaviour of validators: what CometBFT calls evidence, named on the ledger; pure."""

from enum import IntEnum
from typing import Final

from chain.proofs.keccak import keccak256
from contracts.abi import WORD

_DOMAIN: Final = b"misbehaviour".ljust(WORD, b"\0")


class Misbehaviour(IntEnum):
    """What a validator did, numbered as in ABCI."""

    DUPLICATE_VOTE = 1
    LIGHT_CLIENT_ATTACK = 2


def misbehaviour_id(kind: Misbehaviour, validator: bytes, height: int) -> bytes:
    """Return the object under which organisations report one misbehaviour.

    Args:
        kind: What was done.
        validator: The validator's CometBFT address, 20 bytes.
        height: CometBFT height at which it was done.
    """
    words = (kind.to_bytes(WORD, "big"), validator.ljust(WORD, b"\0"), height.to_bytes(WORD, "big"))
    return keccak256(_DOMAIN + b"".join(words))
