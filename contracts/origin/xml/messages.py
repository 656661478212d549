"""The messages that national nodes exchange about a certificate; pure.

Source: the life cycle of electronic certificates in the ASEAN Single Window: receipt,
customs response (utilisation), cancellation, verification, visit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as box
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias

from contracts.errors import FormError
from contracts.origin.findings.codes import Code as FindingCode
from contracts.origin.form_kinds import (
    COUNT,
    COUNTRY,
    DAY,
    FORM,
    LINE,
    REFERENCE_NUMBER,
    TEXT,
    Choice,
    Code,
    of,
)
from contracts.origin.form_model import Measure
from contracts.origin.form_objects import Many, Object, read_object, write_object

Date: TypeAlias = date  # a field is called date, too
_ERRORS_LIMIT: Final = 99


class MessageKind(StrEnum):
    """What a message says; the certificate itself travels as a Declaration."""

    ACK_TECH = "ACK_TECH"
    ACK_RECEIPT = "ACK_RECEIPT"
    UTILISATION = "UTILISATION"
    CANCEL_REQ = "CANCEL_REQ"
    CANCEL_ACK = "CANCEL_ACK"
    VERIF_REQ = "VERIF_REQ"
    VERIF_INTERIM = "VERIF_INTERIM"
    VERIF_RESULT = "VERIF_RESULT"
    VISIT_NOTICE = "VISIT_NOTICE"
    VISIT_CONSENT = "VISIT_CONSENT"
    VISIT_REPORT = "VISIT_REPORT"


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in UTC, whole seconds."""

    PATTERN: str = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"

    def read(self, value: object, path: str) -> datetime:
        """Read it."""
        remedy = "write it as YYYY-MM-DDThh:mm:ssZ"
        text = Code(self.PATTERN, remedy).read(value, path)
        try:
            return datetime.fromisoformat(text)
        except ValueError as fault:
            raise FormError(path, f"{text} is no time", remedy) from fault

    def write(self, value: datetime) -> str:
        """Write it as RFC 3339 has it."""
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def schema(self) -> dict[str, Any]:
        """Describe it."""
        return {"type": "string", "format": "date-time", "pattern": f"^(?:{self.PATTERN})$"}


MOMENT: Final = Moment()
_KIND: Final = Choice(frozenset(MessageKind), "write one of the messages' codes, such as ACK_TECH")
_OUTCOMES: Final[Mapping[MessageKind, frozenset[str]]] = {
    MessageKind.ACK_TECH: frozenset({"ok", "schema_error"}),
    MessageKind.UTILISATION: frozenset({"partial", "full", "rejected"}),
    MessageKind.CANCEL_ACK: frozenset({"agreed", "refused"}),
    MessageKind.VERIF_RESULT: frozenset({"valid", "invalid"}),
    MessageKind.VISIT_CONSENT: frozenset({"given", "refused"}),
}
_OUTCOME: Final = Choice(
    frozenset[str]().union(*_OUTCOMES.values()), "write one of the outcomes, such as ok"
)
_REPLIES: Final = frozenset(
    {
        MessageKind.ACK_TECH,
        MessageKind.ACK_RECEIPT,
        MessageKind.CANCEL_ACK,
        MessageKind.VERIF_INTERIM,
        MessageKind.VERIF_RESULT,
        MessageKind.VISIT_CONSENT,
    }
)
_DEADLINES: Final = frozenset({MessageKind.VERIF_REQ, MessageKind.VISIT_NOTICE})
_REASONED: Final = frozenset({MessageKind.CANCEL_REQ, MessageKind.VERIF_REQ})
_ADVERSE: Final = frozenset({"rejected", "refused", "invalid"})


@dataclass(frozen=True, slots=True)
class CertificateReference:
    """Which certificate a message is about."""

    form: str = box(metadata=of(FORM))
    reference_no: str = box(metadata=of(REFERENCE_NUMBER))
    issued_in: str = box(metadata=of(COUNTRY))


@dataclass(frozen=True, slots=True)
class Utilisation:
    """What customs let in under an item.

    Attributes:
        item: The certificate's item.
        declaration_no: The import declaration.
        line: Its line.
        quantity: How much, in the item's unit.
        date: Day of the decision.
    """

    item: int = box(metadata=of(COUNT))
    declaration_no: str = box(metadata=of(REFERENCE_NUMBER))
    line: int = box(metadata=of(LINE))
    quantity: Measure = box(metadata=of(Object(Measure)))
    date: Date = box(metadata=of(DAY))


@dataclass(frozen=True, slots=True)
class ReportedError:
    """What is wrong with a certificate, or with the document that carried it.

    Attributes:
        description: In words.
        code: One of the twelve codes, where one fits.
        field: The field or element at fault.
    """

    description: str = box(metadata=of(TEXT))
    code: str | None = box(
        default=None,
        metadata=of(Choice(frozenset(FindingCode), "write one of the codes COO_…")),
    )
    field: str | None = box(default=None, metadata=of(TEXT))


@dataclass(frozen=True, slots=True)
class Message:
    """A message about a certificate.

    Attributes:
        kind: What it says.
        message_id: Its number, unique with its sender; a repeat has no second effect.
        sent: When.
        sender: Country whose node sends.
        recipient: Country whose node receives.
        certificate: Which certificate.
        in_reply_to: Number of the message that it answers.
        outcome: What was decided.
        utilisation: What customs let in.
        errors: What is wrong.
        reason: Why.
        reply_by: Day by which an answer is due.
    """

    kind: str = box(metadata=of(_KIND))
    message_id: str = box(metadata=of(REFERENCE_NUMBER))
    sent: datetime = box(metadata=of(MOMENT))
    sender: str = box(metadata=of(COUNTRY))
    recipient: str = box(metadata=of(COUNTRY))
    certificate: CertificateReference = box(metadata=of(Object(CertificateReference)))
    in_reply_to: str | None = box(default=None, metadata=of(REFERENCE_NUMBER))
    outcome: str | None = box(default=None, metadata=of(_OUTCOME))
    utilisation: Utilisation | None = box(default=None, metadata=of(Object(Utilisation)))
    errors: tuple[ReportedError, ...] = box(
        default=(), metadata=of(Many(Object(ReportedError), _ERRORS_LIMIT))
    )
    reason: str | None = box(default=None, metadata=of(TEXT))
    reply_by: date | None = box(default=None, metadata=of(DAY))


def parse_message(value: object) -> Message:
    """Parse and check a message in its JSON form.

    Raises:
        FormError: A field is missing, unknown, malformed, or does not fit the kind.
    """
    message = read_object(Message, value)
    kind = MessageKind(message.kind)
    outcomes = _OUTCOMES.get(kind, frozenset[str]())
    if message.sender == message.recipient:
        raise FormError("recipient", "is the sender", "name the other country")
    if outcomes and message.outcome not in outcomes:
        raise FormError(
            "outcome", f"does not fit {kind}", f"write one of {', '.join(sorted(outcomes))}"
        )
    _require("outcome", kind, is_given=message.outcome is not None, belongs=bool(outcomes))
    _require(
        "in_reply_to", kind, is_given=message.in_reply_to is not None, belongs=kind in _REPLIES
    )
    _require("reply_by", kind, is_given=message.reply_by is not None, belongs=kind in _DEADLINES)
    _require(
        "utilisation",
        kind,
        is_given=message.utilisation is not None,
        belongs=kind is MessageKind.UTILISATION,
    )
    _require(
        "errors", kind, is_given=bool(message.errors), belongs=message.outcome == "schema_error"
    )
    if message.reason is None and (kind in _REASONED or message.outcome in _ADVERSE):
        raise FormError("reason", "is missing", "say why")
    return message


def message_json(message: Message) -> dict[str, Any]:
    """Return the JSON form that `parse_message` reads."""
    return write_object(message)


def _require(name: str, kind: MessageKind, *, is_given: bool, belongs: bool) -> None:
    if belongs and not is_given:
        raise FormError(name, "is missing", f"give it: {kind} needs it")
    if is_given and not belongs:
        raise FormError(name, f"does not belong to {kind}", "leave it out")
