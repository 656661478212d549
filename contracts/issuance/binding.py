"""The issuance contract as Python sees it: typed reads, and calls for its records."""

from collections.abc import Mapping
from typing import ClassVar

from contracts.abi import words
from contracts.commitments.curve import Point
from contracts.events import Event
from contracts.issuance.events import ISSUANCE_EVENTS
from contracts.issuance.records import (
    ApplicationStep,
    CertificateApply,
    ExporterAuthorise,
    ExporterWithdraw,
    LineCertify,
    LineRelease,
)
from contracts.issuance.state import ApplicationState, ExporterState, LineState
from contracts.ledger import BlockTag
from contracts.records.binding import RecordBookContract
from contracts.records.record import Record


class IssuanceContract(RecordBookContract):
    """The issuance contract: applications, certified exporters, export lines."""

    FUNCTIONS: ClassVar[Mapping[type[Record], tuple[str, int]]] = {
        CertificateApply: ("apply", 350_000),
        ApplicationStep: ("decide", 300_000),
        ExporterAuthorise: ("authoriseExporter", 350_000),
        ExporterWithdraw: ("withdrawExporter", 300_000),
        LineCertify: ("certifyLine", 550_000),
        LineRelease: ("releaseLine", 450_000),
    }
    EVENTS: ClassVar[tuple[type[Event], ...]] = ISSUANCE_EVENTS

    def application(
        self, application: bytes, block: BlockTag = "latest"
    ) -> ApplicationState | None:
        """Return an application, or None when nobody made it."""
        answer = self._read("applicationWords(bytes32)", block, application)
        status, applicant, authority, certificate = words(answer, 4, "applicationWords")
        number = int.from_bytes(status, "big")
        return ApplicationState.from_words(application, number, applicant, authority, certificate)

    def exporter(self, exporter: bytes, block: BlockTag = "latest") -> ExporterState | None:
        """Return a certified exporter, or None when it never was one."""
        answer = self._read("exporterWords(bytes32)", block, exporter)
        organisation, goods, state = words(answer, 3, "exporterWords")
        number = int.from_bytes(state, "big")
        return ExporterState.from_words(exporter, organisation, goods, number)

    def line(self, line: bytes, block: BlockTag = "latest") -> LineState | None:
        """Return an export line, or None when nothing was ever certified of it."""
        state, x, y = self._integers("lineWords(bytes32)", 3, block, line)
        return LineState.from_words(line, state, x, y)

    def part(
        self, certificate: bytes, item: int, line: bytes, block: BlockTag = "latest"
    ) -> Point | None:
        """Return the commitment to an item's part of a line, or None where there is none."""
        signature = "partWords(bytes32,uint16,bytes32)"
        x, y = self._integers(signature, 2, block, certificate, item, line)
        return Point(x, y) if x else None

    def covered_items(self, certificate: bytes, block: BlockTag = "latest") -> int:
        """Return how many items of a certificate have an export line."""
        (count,) = self._integers("coveredItems(bytes32)", 1, block, certificate)
        return count
