"""What commitments hide: of claims, of draws, of parts of export lines.

A claim's opening is kept by the declarant and handed to importing customs; a draw is a claim
that the intermediate country made. The file `tradeseal-opening/1` is a secret between the two:
whoever has it knows the quantity.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self

from clients.sdk.answers import Answer
from clients.sdk.errors import AnswerError, InputError
from clients.sdk.json_input import parse_json
from clients.sdk.views import CertificateView, LineView
from contracts.commitments.pedersen import Opening
from contracts.errors import CommitmentError

FORMAT: Final = "tradeseal-opening/1"
LINE_FORMAT: Final = "tradeseal-line-opening/1"
SIZE_LIMIT: Final = 10_000
_MEMBERS: Final = frozenset({"format", "certificate", "claim", "item", "value", "blinding"})
_LINE_MEMBERS: Final = frozenset(
    {"format", "line", "certificate", "record", "item", "value", "blinding"}
)


@dataclass(frozen=True, slots=True)
class ClaimOpening:
    """The opening of one claim.

    Attributes:
        certificate: The certificate's identifier.
        claim: Digest of the claim's record.
        item: Item number, from 1.
        opening: Quantity in millionths of its unit, and blinding.
    """

    certificate: bytes
    claim: bytes
    item: int
    opening: Opening

    def to_bytes(self) -> bytes:
        """Return the file."""
        document = {
            "format": FORMAT,
            "certificate": "0x" + self.certificate.hex(),
            "claim": "0x" + self.claim.hex(),
            "item": self.item,
            "value": str(self.opening.value),
            "blinding": str(self.opening.blinding),
        }
        return json.dumps(document, indent=2).encode() + b"\n"

    @classmethod
    def parse(cls, content: bytes, name: str) -> Self:
        """Read a file.

        Raises:
            InputError: It is no such file.
        """
        try:
            answer = Answer(parse_json(content))
            if answer.members().keys() != _MEMBERS or answer.text("format") != FORMAT:
                raise InputError(name, f"it is no file of the format {FORMAT}")
            opening = Opening(answer.decimal("value"), answer.decimal("blinding"))
            certificate, claim = answer.bytes32("certificate"), answer.bytes32("claim")
            return cls(certificate, claim, answer.integer("item"), opening)
        except (ValueError, AnswerError, CommitmentError) as error:
            raise InputError(name, f"it is no opening: {error}") from error


@dataclass(frozen=True, slots=True)
class LineOpening:
    """The opening of an item's part of an export line; kept by exporting customs.

    Attributes:
        line: Keyed hash of the export declaration and its line.
        certificate: The certificate's identifier.
        record: Digest of the record that certified the part.
        item: Item number, from 1.
        opening: Quantity in millionths of its unit, and blinding.
    """

    line: bytes
    certificate: bytes
    record: bytes
    item: int
    opening: Opening

    def to_bytes(self) -> bytes:
        """Return the file, of the format `tradeseal-line-opening/1`."""
        document = {
            "format": LINE_FORMAT,
            "line": "0x" + self.line.hex(),
            "certificate": "0x" + self.certificate.hex(),
            "record": "0x" + self.record.hex(),
            "item": self.item,
            "value": str(self.opening.value),
            "blinding": str(self.opening.blinding),
        }
        return json.dumps(document, indent=2).encode() + b"\n"

    @classmethod
    def parse(cls, content: bytes, name: str) -> Self:
        """Read a file.

        Raises:
            InputError: It is no such file.
        """
        try:
            answer = Answer(parse_json(content))
            if answer.members().keys() != _LINE_MEMBERS or answer.text("format") != LINE_FORMAT:
                raise InputError(name, f"it is no file of the format {LINE_FORMAT}")
            opening = Opening(answer.decimal("value"), answer.decimal("blinding"))
            line, certificate = answer.bytes32("line"), answer.bytes32("certificate")
            record = answer.bytes32("record")
            return cls(line, certificate, record, answer.integer("item"), opening)
        except (ValueError, AnswerError, CommitmentError) as error:
            raise InputError(name, f"it is no opening: {error}") from error


def counted(
    view: CertificateView, accepted: Iterable[ClaimOpening], item: int
) -> Iterator[Opening]:
    """Yield the openings of the claims and draws that count on an item now."""
    drawn = {claim.digest for claim in view.claims if claim.status == "accepted"}
    for opening in accepted:
        if (opening.certificate, opening.item) == (view.id, item) and opening.claim in drawn:
            yield opening.opening


def lines_counted(
    view: LineView, line: bytes, certified: Iterable[LineOpening]
) -> Iterator[Opening]:
    """Yield the openings of a line's parts that are certified now, released ones left out."""
    for part in certified:
        if part.line == line and part.record in view.parts:
            yield part.opening


def total(openings: Iterable[Opening]) -> Opening:
    """Return the opening of a sum of commitments."""
    result = Opening(0, 0)
    for opening in openings:
        result += opening
    return result
