"""The three questions that the ledger asks of Membership, and no more.

May this account send? May this contract be called? Who validates? Each is a static call; all else
about organisations is the contracts' business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from chain.proofs.keccak import keccak256

VIEW_GAS: Final = 10_000_000
"""Gas of one question; thousands of validators would fit."""

_MAY_SEND = keccak256(b"maySend(address)")[:4]
_MAY_CALL = keccak256(b"mayCall(address)")[:4]
_VALIDATORS = keccak256(b"validators()")[:4]
_WORD: Final = 32

NOBODY: Final = bytes(_WORD)
"""What Membership answers for an account that no organisation stands behind."""

View = Callable[[bytes, bytes], "bytes | None"]
"""Call an address with data, without effect; None where the call fails."""


@dataclass(frozen=True, slots=True)
class ValidatorPower:
    """One validator: an Ed25519 public key and its voting power."""

    public_key: bytes
    power: int


class Membership:
    """Membership's answers at one block; answers about accounts are kept until `forget`."""

    def __init__(self, address: bytes) -> None:
        self.address = address
        self._answers: dict[bytes, bytes] = {}

    def forget(self) -> None:
        """Drop the answers: Membership, its block number or its time has changed."""
        self._answers.clear()

    def member_of(self, sender: bytes, view: View) -> bytes:
        """Return the organisation for which an account may send, 32 bytes; zero for none.

        Its limits count for the organisation as a whole, whatever accounts it has.
        """
        return self._ask(_MAY_SEND, sender, view)

    def may_send(self, sender: bytes, view: View) -> bool:
        """Tell whether an account belongs to an active member and may send."""
        return self.member_of(sender, view) != NOBODY

    def may_call(self, target: bytes, view: View) -> bool:
        """Tell whether an address is a contract in force."""
        return self._ask(_MAY_CALL, target, view) != NOBODY

    def _ask(self, selector: bytes, account: bytes, view: View) -> bytes:
        question = selector + account.rjust(_WORD, b"\0")
        answer = self._answers.get(question)
        if answer is None:
            given = view(self.address, question)
            # no answer, or none of one word: no
            answer = given if given is not None and len(given) == _WORD else NOBODY
            self._answers[question] = answer
        return answer

    def validators(self, view: View) -> tuple[ValidatorPower, ...]:
        """Return the validators that Membership names.

        Raises:
            AssertionError: Membership does not answer as it must.
        """
        answer = view(self.address, _VALIDATORS)
        if answer is None or len(answer) < 2 * _WORD:
            raise AssertionError("Membership does not say who validates")
        words = [int.from_bytes(answer[i : i + _WORD], "big") for i in range(0, len(answer), _WORD)]
        count = words[1]
        pairs = zip(words[2 : 2 + 2 * count : 2], words[3 : 3 + 2 * count : 2], strict=True)
        return tuple(ValidatorPower(k.to_bytes(_WORD, "big"), power) for k, power in pairs)
