"""What a claim's commitment hides: kept by the declarant, handed to importing customs.

The file `tradeseal-opening/1` is a secret between the two: whoever has it knows the quantity.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from clients.sdk.answers import Answer
from clients.sdk.errors import AnswerError, InputError
from clients.sdk.json_input import parse_json
from contracts.commitments.pedersen import Opening
from contracts.errors import CommitmentError

FORMAT: Final = "tradeseal-opening/1"
SIZE_LIMIT: Final = 10_000
_MEMBERS: Final = frozenset({"format", "certificate", "claim", "item", "value", "blinding"})


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


def total(openings: Iterable[Opening]) -> Opening:
    """Return the opening of a sum of commitments."""
    result = Opening(0, 0)
    for opening in openings:
        result += opening
    return result
