"""A draw with all that it rests on, in one file that anybody can check without a ledger.

{"format": "tradeseal-beacon-draw/1", "chain_id", "country", "round", "block_hash",
 "panel": [{"organisation", "customs", "modulus", "roots", "proof"}, …],
 "digest", "rate_ppm"}

Numbers are decimal strings; bytes 0x and lower-case digits; `customs` true or false. Who sat in
the panel, the block's hash and the rate are the ledger's to show; the file repeats them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, cast

from contracts.beacon.draw import Draw, output_of_round, recompute
from contracts.beacon.errors import BeaconDrawError
from contracts.beacon.identifiers import Round
from contracts.beacon.permutation import verify_permutation
from contracts.errors import RecordFormatError
from contracts.records.fields import FixedBytes, UnsignedInteger, read_hex, write_hex

FORMAT: Final = "tradeseal-beacon-draw/1"
_WORD: Final = FixedBytes(32)
_NUMBER: Final = UnsignedInteger(64)
_MEMBERS: Final = frozenset(
    {"format", "chain_id", "country", "round", "block_hash", "panel", "digest", "rate_ppm"}
)
_SEAT_MEMBERS: Final = frozenset({"organisation", "customs", "modulus", "roots", "proof"})


@dataclass(frozen=True, slots=True)
class Seat:
    """One key of the panel with its output.

    Attributes:
        organisation: Who holds it, 32 bytes.
        customs: Whether that is customs of the country.
        modulus: 256 bytes.
        roots: The proof that the modulus permits one output.
        proof: What shows the output.
    """

    organisation: bytes
    customs: bool
    modulus: bytes
    roots: bytes
    proof: bytes

    def to_json(self) -> dict[str, str | bool]:
        """Return the JSON form."""
        names = ("organisation", "modulus", "roots", "proof")
        return {name: write_hex(getattr(self, name)) for name in names} | {"customs": self.customs}


@dataclass(frozen=True, slots=True)
class DrawFile:
    """A draw with all that it rests on.

    Attributes:
        round: The round.
        panel: Its seats, in their order.
        digest: Of the declaration's registration, 32 bytes.
        rate_ppm: How many of a million declarations are drawn.
    """

    round: Round
    panel: tuple[Seat, ...]
    digest: bytes
    rate_ppm: int

    def check(self) -> Draw:
        """Return what was drawn, once everything is checked.

        Raises:
            BeaconKeyError: A key may have several outputs.
            BeaconProofError: An output is of another key or another round.
            BeaconDrawError: No such panel draws.
        """
        customs = [seat.customs for seat in self.panel]
        if not any(customs) or all(customs):
            raise BeaconDrawError(
                "the panel is not of customs and somebody else", "take it from the ledger"
            )
        outputs = [output_of_round(seat.modulus, self.round, seat.proof) for seat in self.panel]
        for seat in self.panel:
            verify_permutation(seat.organisation, seat.modulus, seat.roots)
        return recompute(self.round.country, self.round.number, outputs, self.digest, self.rate_ppm)

    def to_json(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "format": FORMAT,
            "chain_id": str(self.round.chain_id),
            "country": self.round.country,
            "round": str(self.round.number),
            "block_hash": write_hex(self.round.block_hash),
            "panel": [seat.to_json() for seat in self.panel],
            "digest": write_hex(self.digest),
            "rate_ppm": str(self.rate_ppm),
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read the JSON form.

        Raises:
            BeaconDrawError: It is not in this form.
        """
        members = _members(value, _MEMBERS, "the file")
        if members["format"] != FORMAT:
            raise BeaconDrawError("the file is of another format", f"give one of {FORMAT}")
        seats = members["panel"]
        if not isinstance(seats, list):
            raise BeaconDrawError("the panel is no list", "give its seats")
        try:
            return cls(
                Round(
                    _number(members, "chain_id"),
                    _text(members, "country"),
                    _number(members, "round"),
                    _word(members, "block_hash"),
                ),
                tuple(_seat(seat) for seat in cast("Sequence[object]", seats)),
                _word(members, "digest"),
                _number(members, "rate_ppm"),
            )
        except RecordFormatError as fault:
            raise BeaconDrawError(str(fault), "take the file as it was given") from fault


def _seat(value: object) -> Seat:
    members = _members(value, _SEAT_MEMBERS, "a seat")
    customs = members["customs"]
    if not isinstance(customs, bool):
        raise BeaconDrawError("`customs` is neither true nor false", "give one of them")
    modulus, roots, proof = (
        read_hex(name, _text(members, name)) for name in ("modulus", "roots", "proof")
    )
    return Seat(_word(members, "organisation"), customs, modulus, roots, proof)


def _members(value: object, names: frozenset[str], what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict) or cast("dict[str, Any]", value).keys() != names:
        listed = ", ".join(sorted(names))
        raise BeaconDrawError(f"{what} has other members", f"give {listed}")
    return cast("dict[str, Any]", value)


def _text(members: Mapping[str, Any], name: str) -> str:
    value = members[name]
    if not isinstance(value, str):
        raise BeaconDrawError(f"{name} is no string", "write it as a string")
    return value


def _number(members: Mapping[str, Any], name: str) -> int:
    found = _NUMBER.read(name, _text(members, name))
    _NUMBER.check(name, found)
    return found


def _word(members: Mapping[str, Any], name: str) -> bytes:
    found = _WORD.read(name, _text(members, name))
    _WORD.check(name, found)
    return found
