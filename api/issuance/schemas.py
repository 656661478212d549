"""Schemas of applications, certified exporters and export lines."""

from collections.abc import Sequence
from typing import Final

from pydantic import Field

from api.origin.parts import CertifiedLine, certified_line_of, time_or_none
from api.schemas import Bytes32, Model, Time, time_text
from contracts.issuance.records import ApplicationKind
from node.issuance.queries import ApplicationDetails
from node.issuance.tables import (
    ApplicationRow,
    ApplicationStatus,
    ApplicationStepRow,
    CertifiedLineRow,
    ExporterRow,
    LineRow,
)

_STEPS: Final = {int(kind): kind.name.lower() for kind in ApplicationKind}


class ApplicationSummary(Model):
    """An application for a certificate; its content stands in the document."""

    id: Bytes32
    status: ApplicationStatus
    applicant: Bytes32
    authority: Bytes32
    country: str = Field(examples=["VN"], description="The authority's.")
    document: Bytes32
    certificate: Bytes32 | None = Field(description="What is approved to be issued.")
    applied_at: Time | None
    changed_block: int = Field(examples=[1042])


class ApplicationPage(Model):
    """Some applications."""

    items: list[ApplicationSummary]
    next: str | None = Field(description="Cursor of the next page, null on the last.")


class ApplicationStep(Model):
    """One step of an application."""

    digest: Bytes32
    kind: str = Field(examples=["request_information"])
    organisation: Bytes32
    reference: Bytes32 | None
    document: Bytes32 | None
    reason: Bytes32 | None
    stated_at: Time | None
    block: int = Field(examples=[1042])


class Application(Model):
    """An application with its steps, oldest first, and the lines certified for it."""

    application: ApplicationSummary
    steps: list[ApplicationStep]
    lines: list[CertifiedLine]


class Exporter(Model):
    """A certified exporter's authorisation."""

    id: Bytes32
    organisation: Bytes32
    authority: Bytes32
    country: str = Field(examples=["VN"])
    goods: Bytes32 = Field(description="RFC 9162 root over the authorised goods.")
    valid_from: Time | None
    valid_to: Time | None
    authorised_at: Time | None
    withdrawn_at: Time | None


class ExporterPage(Model):
    """Some certified exporters."""

    items: list[Exporter]
    next: str | None = Field(description="Cursor of the next page, null on the last.")


class ExportLine(Model):
    """How far an export line is certified."""

    line: Bytes32
    share: int = Field(examples=[3334], description="1/10,000 of the whole, rounded up.")
    commitment_x: str
    commitment_y: str
    customs: Bytes32
    changed_block: int = Field(examples=[1042])
    parts: list[CertifiedLine] = Field(description="Those that count now.")


class CertifiedLines(Model):
    """Export lines that a certificate's items are certified from, released ones too."""

    items: list[CertifiedLine]


def summary_of(row: ApplicationRow) -> ApplicationSummary:
    """Return an application's schema."""
    return ApplicationSummary(
        id=row.object_id,
        status=ApplicationStatus(row.status),
        applicant=row.applicant,
        authority=row.authority,
        country=row.country,
        document=row.document,
        certificate=row.certificate,
        applied_at=time_text(row.applied_at),
        changed_block=row.changed_block,
    )


def application_of(details: ApplicationDetails, lines: list[CertifiedLine]) -> Application:
    """Return the schema of an application with its steps."""
    return Application(
        application=summary_of(details.application),
        steps=[_step_of(step) for step in details.steps],
        lines=lines,
    )


def exporter_of(row: ExporterRow) -> Exporter:
    """Return a certified exporter's schema."""
    return Exporter(
        id=row.object_id,
        organisation=row.organisation,
        authority=row.authority,
        country=row.country,
        goods=row.goods,
        valid_from=time_text(row.valid_from),
        valid_to=time_text(row.valid_to),
        authorised_at=time_text(row.authorised_at),
        withdrawn_at=time_or_none(row.withdrawn_at),
    )


def line_of(row: LineRow, parts: Sequence[CertifiedLineRow]) -> ExportLine:
    """Return an export line's schema."""
    return ExportLine(
        line=row.line,
        share=row.share,
        commitment_x=row.commitment_x,
        commitment_y=row.commitment_y,
        customs=row.customs,
        changed_block=row.changed_block,
        parts=[certified_line_of(part) for part in parts],
    )


def _step_of(row: ApplicationStepRow) -> ApplicationStep:
    return ApplicationStep(
        digest=row.digest,
        kind=_STEPS[row.kind],
        organisation=row.organisation,
        reference=row.reference,
        document=row.document,
        reason=row.reason,
        stated_at=time_text(row.stated_at),
        block=row.block_number,
    )
