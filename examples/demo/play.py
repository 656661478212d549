"""What the scenes share: who plays, how a certificate comes about, what must be refused."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from clients.sdk.errors import RecordRefusedError
from clients.sdk.openings import ClaimOpening, LineOpening
from clients.sdk.origin import IssuedCertificate
from clients.sdk.origin.customs import LinePart
from contracts.origin.certificate import CertificateForm
from contracts.origin.identifiers import declaration_line_id, export_line_id
from examples.demo.network import CUSTOMS_ID, CUSTOMS_VN, EXPORTER, DemoNetwork, Member, Party
from examples.demo.offline import Verification, verify
from examples.demo.stage import Stage, SurprisedError, until


class Play:
    """The network and the stage, with the steps that several scenes take.

    Args:
        stage: Where it is shown.
        network: Who plays.
        form: The certificate of the main job.
    """

    def __init__(self, stage: Stage, network: DemoNetwork, form: CertificateForm) -> None:
        self.stage = stage
        self.network = network
        self.form = form
        self._declarations = secrets.token_bytes(32)
        self._lines: list[LineOpening] = []
        for party in network.parties.values():
            until(party.client.records.ledger)  # each door follows the ledger from its start

    def party(self, member: Member) -> Party:
        """Return an organisation at work."""
        return self.network.parties[member]

    # certificates

    def line(self, number: int, country: str = "VN") -> bytes:
        """Return the identifier of a line of the export declaration."""
        return export_line_id(self._declarations, country, "306123456789", number)

    def countersign(
        self,
        form: CertificateForm,
        certificate: bytes,
        *,
        first_line: int,
        customs: Member = CUSTOMS_VN,
    ) -> None:
        """Have exporting customs countersign a line of its own for each item."""
        party = self.party(customs)
        for item in form.items:
            line = self.line(first_line + item.item_no - 1, customs.country)
            whole = item.quantity.value
            part = LinePart(line, certificate, item.item_no, whole, whole)
            opening = party.client.origin.certify_line(part, self._lines, party.officer, now())
            party.client.records.follow(opening.record)
            self._lines.append(opening)

    def second_use(self, form: CertificateForm, line: int, certificate: bytes) -> None:
        """Try to certify goods once more, of which nothing is left."""
        party, whole = self.party(CUSTOMS_VN), form.items[0].quantity.value
        part = LinePart(self.line(line), certificate, 1, whole, whole)
        signed, _ = party.client.origin.prepare_line(part, self._lines, party.officer, now())
        party.client.records.submit(signed)
        self.expect_refusal(party, signed.digest, "the same goods for a second certificate")

    def issue(self, form: CertificateForm, issuer: Member, importer: Member) -> IssuedCertificate:
        """Issue a certificate whose lines are countersigned; wait until it was received."""
        party = self.party(issuer)
        issued = party.client.origin.issue(form, party.issuer_keys, now(), [EXPORTER.id])
        party.client.records.follow(issued.signed.digest)
        self.await_receipt(issued.id, importer, issuer)
        return issued

    def await_receipt(self, certificate: bytes, *members: Member) -> None:
        """Wait until doors know that importing customs received a certificate."""
        for member in members:
            origin = self.party(member).client.origin

            def received() -> bool:
                return origin.certificate(certificate).exchange == "received"  # noqa: B023

            until(received)

    # claims

    def claim(
        self, certificate: bytes, quantity: Decimal, item: int = 1, member: Member = CUSTOMS_ID
    ) -> ClaimOpening:
        """Claim part of an item; wait until the claim stands."""
        party = self.party(member)
        opening = self.submit_claim(party, certificate, quantity, item)
        party.client.records.follow(opening.claim)
        until(lambda: party.client.origin.certificate(certificate).claim(opening.claim))
        return opening

    def submit_claim(
        self, party: Party, certificate: bytes, quantity: Decimal, item: int = 1
    ) -> ClaimOpening:
        """Sign and hand over a claim."""
        number = f"{secrets.randbelow(10**12):012d}"
        return party.client.origin.claim(
            certificate,
            item=item,
            quantity=quantity,
            declaration=declaration_line_id(self._declarations, number, 1),
            key=party.officer,
            now=now(),
        )

    def accept(
        self, opening: ClaimOpening, accepted: Sequence[ClaimOpening], whole: Decimal
    ) -> None:
        """Accept a claim in Jakarta."""
        party = self.party(CUSTOMS_ID)
        signed = party.client.origin.accept(opening, accepted, whole, party.officer, now())
        party.client.records.follow(signed.digest)

        def settled() -> bool:
            view = party.client.origin.certificate(opening.certificate)
            return view.claim(opening.claim).status == "accepted"

        until(settled)

    def expect_refusal(self, party: Party, digest: bytes, what: str) -> None:
        """Demand that the ledger refuses a record, and show its reason."""
        try:
            party.client.records.follow(digest)
        except RecordRefusedError as refused:
            self.stage.refused(f"{what}: “{refused.reason}”")
        else:
            raise SurprisedError(f"{what} was not refused")

    # proofs

    def bundle(self, certificate: bytes, name: str, member: Member = CUSTOMS_ID) -> Path:
        """Write the proof of a certificate, as a door gives it."""
        path = self.network.folder / name
        client = self.party(member).client
        path.write_bytes(until(lambda: client.proofs.certificate_bundle(certificate)))
        return path

    def expect(self, bundle: Path, code: int, word: str, *options: str) -> Verification:
        """Verify a bundle and demand an answer."""
        result = verify(bundle, self.network.folder / "trust.json", *options)
        if (result.code, result.verdict) != (code, word):
            raise SurprisedError(f"{bundle.name} reads {result.verdict}: {result.reason}")
        return result


def now() -> int:
    """Return the time in seconds."""
    return int(time.time())
