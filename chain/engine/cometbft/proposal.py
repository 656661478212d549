"""What a block may propose; whoever composes one and whoever judges one keep to the same rules.

(1) Each transaction is well formed and within the limits of one transaction.
(2) At the tip its sender may send and its contract may be called.
(3) Each sender's nonces follow the ledger's without a gap, so nothing stands twice.
(4) The block has at most `MAX_BLOCK_TRANSACTIONS`, and gas limits of at most `MAX_BLOCK_GAS`.

All of it depends on the block and the tip alone: honest nodes judge alike. How much of what is
allowed a proposer takes, and whose, is its own business.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chain.errors import AdmissionError, NonceError
from chain.machine.rules import MAX_BLOCK_GAS, MAX_BLOCK_TRANSACTIONS

if TYPE_CHECKING:
    from chain.engine.application import Application
    from chain.engine.cometbft.pool import SharedPool


def objection(application: Application, raws: Sequence[bytes]) -> str | None:
    """Return why no honest proposer sends these transactions, None where one may."""
    if len(raws) > MAX_BLOCK_TRANSACTIONS:
        return f"it has {len(raws)} transactions, at most {MAX_BLOCK_TRANSACTIONS} are allowed"
    nonces: dict[bytes, int] = {}
    gas = 0
    for index, raw in enumerate(raws):
        try:
            transaction = application.admit(raw)
            sender = transaction.sender
            expected = nonces.get(sender)
            if expected is None:
                expected = application.nonce(sender)
            if transaction.nonce != expected:
                raise NonceError(sender, expected, transaction.nonce)
        except AdmissionError as exc:
            return f"transaction {index}: {exc}"
        nonces[sender] = expected + 1
        gas += transaction.gas
    if gas > MAX_BLOCK_GAS:
        return f"its gas limits are {gas}, at most {MAX_BLOCK_GAS} are allowed"
    return None


def compose(application: Application, pool: SharedPool, gas: int, max_bytes: int) -> list[bytes]:
    """Return the transactions to propose, within these limits too.

    One whose sender may no longer send is dropped here, and with it what follows from the sender.
    """
    chosen: list[bytes] = []
    broken: set[bytes] = set()
    for transaction in pool.choose(gas, max_bytes):
        if transaction.sender in broken:
            continue
        try:
            application.admit(transaction.raw)
        except AdmissionError:
            broken.add(transaction.sender)
            pool.drop(transaction)
        else:
            chosen.append(transaction.raw)
    return chosen
