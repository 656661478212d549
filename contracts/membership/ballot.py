"""A proposal with the votes gathered so far, in the JSON form that organisations pass on.

Who voted is recovered from the signatures; whether a vote counts, Membership says. Nothing in
the file has to be believed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, Self, cast

import rfc8785

from chain.proofs.errors import ProofError
from chain.proofs.keccak import keccak256
from chain.proofs.secp256k1 import recover_address
from contracts.errors import RecordFormatError, RecordSignatureError
from contracts.membership.actions import Action, read_action
from contracts.membership.keys import address_key_id
from contracts.membership.records import GOVERNANCE, Proposal
from contracts.records.fields import read_hex, write_hex
from contracts.records.record import RecordDomain
from contracts.records.signed import SIGNATURE_SIZE, sign_digest

FORMAT: Final = "tradeseal-proposal/1"
VOTES_LIMIT: Final = 128
INIT_CODE_LIMIT: Final = 49_152
_MEMBERS: Final = frozenset({"format", "chainId", "contract", "proposal", "initCode", "votes"})
_INSTALL: Final = "installContract"


@dataclass(frozen=True, slots=True)
class Ballot:
    """A proposal, what carrying it out needs, and its votes.

    Attributes:
        domain: The Membership contract and its chain.
        proposal: What is voted on.
        init_code: The code whose hash an installation names; empty for all else.
        votes: Signatures over the proposal's digest, at most one per key.
    """

    domain: RecordDomain
    proposal: Proposal
    init_code: bytes = b""
    votes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what could never be decided."""
        if self.proposal.object != GOVERNANCE:
            raise RecordFormatError("object", "is not governance", "name the governance object")
        action = self.action
        is_installation = action.name == _INSTALL
        code_hash = write_hex(keccak256(self.init_code))
        if is_installation and action.arguments["codeHash"] != code_hash:
            raise RecordFormatError("initCode", "is not the one of the action", "give that one")
        if self.init_code and not is_installation:
            raise RecordFormatError("initCode", "does not belong here", "leave it empty")
        if len(self.init_code) > INIT_CODE_LIMIT:
            raise RecordFormatError("initCode", "is too long", f"at most {INIT_CODE_LIMIT} bytes")
        if len(self.votes) > VOTES_LIMIT:
            raise RecordFormatError("votes", "are too many", f"give at most {VOTES_LIMIT}")
        if len({self.voter(vote) for vote in self.votes}) != len(self.votes):
            raise RecordFormatError("votes", "hold one key twice", "give each vote once")

    @property
    def digest(self) -> bytes:
        """What voters sign, and what names the proposal."""
        return self.proposal.digest(self.domain)

    @property
    def action(self) -> Action:
        """What the proposal would do."""
        return read_action(self.proposal.action)

    def voter(self, vote: bytes) -> bytes:
        """Return the key id behind a vote.

        Raises:
            RecordSignatureError: It is no signature.
        """
        if len(vote) != SIGNATURE_SIZE:
            raise RecordSignatureError("a vote is not 65 bytes long")
        try:
            return address_key_id(recover_address(self.digest, vote))
        except ProofError as error:
            raise RecordSignatureError(str(error)) from error

    def sign(self, private_key: bytes) -> Self:
        """Return the ballot with one vote more; the same key votes once.

        Args:
            private_key: An admin key's secret, 32 bytes.
        """
        return self.with_votes([sign_digest(self.digest, private_key)])

    def with_votes(self, votes: Iterable[bytes]) -> Self:
        """Return the ballot with votes added that it has not got.

        Raises:
            RecordFormatError: They are too many.
            RecordSignatureError: One is no signature.
        """
        known = {self.voter(vote): vote for vote in self.votes}
        for vote in votes:
            known.setdefault(self.voter(vote), vote)
        return replace(self, votes=tuple(known.values()))

    def to_json(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "format": FORMAT,
            "chainId": str(self.domain.chain_id),
            "contract": write_hex(self.domain.contract),
            "proposal": self.proposal.message(),
            "initCode": write_hex(self.init_code),
            "votes": [write_hex(vote) for vote in self.votes],
        }

    def to_bytes(self) -> bytes:
        """Return the file's bytes: canonical JSON (RFC 8785)."""
        return rfc8785.dumps(cast("dict[str, Any]", self.to_json())) + b"\n"

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read the JSON form, strictly.

        Raises:
            RecordFormatError: A member is missing, unknown or not canonical.
            RecordSignatureError: A vote is no signature.
        """
        members = _members(value)
        if members["format"] != FORMAT:
            raise RecordFormatError("format", "is another one", f"write {FORMAT}")
        chain_id, votes = _text(members, "chainId"), members["votes"]
        if not (chain_id.isascii() and chain_id.isdigit()) or str(int(chain_id[:78])) != chain_id:
            raise RecordFormatError("chainId", "is no decimal integer", "write digits")
        if not isinstance(votes, list):
            raise RecordFormatError("votes", "are no list", "give a list of signatures")
        texts = cast("list[object]", votes)
        if len(texts) > VOTES_LIMIT or not all(isinstance(text, str) for text in texts):
            raise RecordFormatError("votes", "are not signatures", "write each as 0x and digits")
        return cls(
            domain=RecordDomain(int(chain_id), read_hex("contract", _text(members, "contract"))),
            proposal=Proposal.from_message(members["proposal"]),
            init_code=read_hex("initCode", _text(members, "initCode")),
            votes=tuple(read_hex("votes", cast("str", text)) for text in texts),
        )


def _members(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise RecordFormatError("proposal", "is no object", f"give a {FORMAT} object")
    members = cast("dict[str, object]", value)
    for name in sorted(_MEMBERS - members.keys()):
        raise RecordFormatError(name, "is missing", "give it")
    for name in members.keys() - _MEMBERS:
        raise RecordFormatError(str(name)[:80], "is no member of a proposal", "leave it out")
    return members


def _text(members: dict[str, object], name: str) -> str:
    value = members[name]
    if not isinstance(value, str):
        raise RecordFormatError(name, "is no string", "write it as a string")
    return value
