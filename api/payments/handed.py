"""Reading what a member hands in: a signed record, its message and the opening."""

from typing import TypeVar

from api.errors import BodyMalformedError
from contracts.commitments.pedersen import Opening
from contracts.errors import CommitmentError
from contracts.payments.messages import PaymentMessage
from contracts.records.catalogue import parse_signed_record
from node.payments.errors import OpeningMismatchError
from node.payments.handed import Handed

_Message = TypeVar("_Message", bound=PaymentMessage)
_DIGITS = 80


def read_handed(
    body: object, organisation: str, chain_id: int, kind: type[_Message], *, opened: bool = True
) -> tuple[Handed, _Message]:
    """Return what was handed in.

    Args:
        body: The request's JSON: record, message and, where `opened`, opening.
        organisation: Who hands it in.
        chain_id: The chain that records are for.
        kind: The message's type.
        opened: Whether the record has a commitment.

    Raises:
        BodyMalformedError: Other members.
        RecordFormatError: The record cannot be read.
        PaymentMessageError: The message cannot be used.
        OpeningMismatchError: The opening is none.
    """
    names = {"record", "message", "opening"} if opened else {"record", "message"}
    members = require_members(body, names)
    signed = parse_signed_record(members["record"], chain_id)
    opening = read_opening(members["opening"]) if opened else None
    return Handed(organisation, signed, opening), kind.parse(members["message"])


def require_members(body: object, names: set[str]) -> dict[str, object]:
    """Return a body's members.

    Raises:
        BodyMalformedError: They are not exactly these.
    """
    if not isinstance(body, dict) or body.keys() != names:
        raise BodyMalformedError(f"give exactly the members {', '.join(sorted(names))}")
    return body


def read_opening(value: object) -> Opening:
    """Return an opening: value and blinding as decimal strings.

    Raises:
        OpeningMismatchError: It is none.
    """
    if not isinstance(value, dict) or value.keys() != {"value", "blinding"}:
        raise OpeningMismatchError
    texts = [value["value"], value["blinding"]]
    if not all(isinstance(text, str) and _is_number(text) for text in texts):
        raise OpeningMismatchError
    try:
        return Opening(int(texts[0]), int(texts[1]))
    except CommitmentError as error:
        raise OpeningMismatchError from error


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS
