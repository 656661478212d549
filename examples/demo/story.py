"""The main job, from a certificate issued in Ha Noi to a proof checked with the network off."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Final

from clients.sdk.errors import RecordRefusedError
from clients.sdk.openings import ClaimOpening
from clients.sdk.origin import IssuedCertificate
from contracts.commitments.pedersen import commit
from contracts.origin.certificate import CertificateForm
from contracts.origin.identifiers import declaration_line_id
from contracts.origin.records import ClaimAccept
from examples.demo.network import AUTHORITY, CUSTOMS_ID, CUSTOMS_VN, EXPORTER, DemoNetwork, Party
from examples.demo.offline import Verification, remove_event, tamper_with_one_byte, verify
from examples.demo.stage import Stage, SurprisedError, until

STEP: Final = Decimal("0.000001")
SHARE_WHOLE: Final = 10_000


class Story:
    """Tells the story once, on a network of its own."""

    def __init__(self, stage: Stage, network: DemoNetwork, form: CertificateForm) -> None:
        self._stage = stage
        self._network = network
        self._form = form
        self._authority = network.parties[AUTHORITY]
        self._customs = network.parties[CUSTOMS_ID]
        self._accepted: list[ClaimOpening] = []

    def tell(self) -> None:
        """Play all scenes.

        Raises:
            SurprisedError: Something did not go as it must.
        """
        issued = self._issue()
        self._draw_down(issued)
        self._refuse_strangers(issued)
        bundle = self._prove(issued)
        self._tamper(bundle)
        self._cancel()

    # scenes

    def _issue(self) -> IssuedCertificate:
        form = self._form
        self._stage.scene(f"{form.certification.place} issues electronic Form D")
        issued = self._issue_form(form)
        document = self._customs.client.origin.form(issued.id, _now())
        if document != form:
            raise SurprisedError("the document reads differently in Jakarta")
        self._stage.done(f"{form.reference_no}: {len(form.items)} items, {form.transport.route}")
        for item in form.items:
            self._stage.done(
                f"   {item.item_no}. HS {item.hs_code} {item.goods_description}: "
                f"{item.quantity.value} {item.quantity.unit}, {item.origin_criterion}"
            )
        self._stage.done(
            f"on the ledger: certificate 0x{issued.id.hex()[:16]}…, neither names nor quantities"
        )
        self._stage.done("the exporter holds the signed document; Jakarta received and checked it")
        return issued

    def _issue_form(self, form: CertificateForm) -> IssuedCertificate:
        issued = self._authority.client.origin.issue(form, self._authority.issuer_keys, _now())
        self._authority.client.records.follow(issued.signed.digest)
        for member in (CUSTOMS_ID, EXPORTER):
            client = self._network.parties[member].client
            until(lambda client=client: client.documents.put(issued.document))  # type: ignore[misc]
        until(lambda: self._customs.client.origin.certificate(issued.id))
        return issued

    def _draw_down(self, issued: IssuedCertificate) -> None:
        item = self._form.items[0]
        whole, unit = item.quantity.value, item.quantity.unit
        self._stage.scene(f"Jakarta draws down item 1, {whole} {unit}, in three thirds")
        for part in thirds(whole):
            opening = self._claim(self._customs, issued.id, part)
            signed = self._customs.client.origin.accept(
                opening, self._accepted, whole, self._customs.officer, _now()
            )
            self._customs.client.records.follow(signed.digest)
            self._accepted.append(opening)
            view = until(lambda: self._customs.client.origin.certificate(issued.id))
            share = Decimal(view.items[1].share) / (SHARE_WHOLE // 100)
            self._stage.done(f"{part} {unit} accepted; drawn so far: {share} % (rounded up)")
        self._refuse_one_more(issued.id, unit)

    def _refuse_one_more(self, certificate: bytes, unit: str) -> None:
        opening = self._claim(self._customs, certificate, STEP)
        drawn = sum((o.opening for o in self._accepted[1:]), self._accepted[0].opening)
        after = commit(drawn + opening.opening)
        # What an officer would have to sign; the SDK itself refuses to make it.
        record = ClaimAccept(
            object=certificate,
            claim=opening.claim,
            share_before=SHARE_WHOLE,
            share_after=SHARE_WHOLE + 1,
            commitment_x=after.x,
            commitment_y=after.y,
            accepted_at=_now(),
            expires=_now() + 600,
        )
        records = self._customs.client.records
        signed = records.sign(record, self._customs.officer, records.ledger())
        records.submit(signed)
        self._expect_refusal(self._customs, signed.digest, f"{STEP} {unit} more")
        decision = self._customs.client.origin.reject(
            certificate, opening.claim, "beyond the whole", self._customs.officer, _now()
        )
        records.follow(decision.signed.digest)

    def _refuse_strangers(self, issued: IssuedCertificate) -> None:
        self._stage.scene("A key of the wrong country is refused")
        stranger = self._network.parties[CUSTOMS_VN]
        until(lambda: stranger.client.origin.certificate(issued.id))
        opening = stranger.client.origin.claim(
            issued.id,
            item=2,
            quantity=Decimal(1),
            declaration=_declaration(),
            key=stranger.officer,
            now=_now(),
        )
        self._expect_refusal(stranger, opening.claim, "a claim signed by Viet Nam Customs")

    def _prove(self, issued: IssuedCertificate) -> Path:
        self._stage.scene("One file proves it all, with the network switched off")
        path = self._bundle(issued.id, "certificate.json")
        result = self._expect(path, 0, "valid")
        for step in result.steps:
            self._stage.done(step)
        return path

    def _tamper(self, bundle: Path) -> None:
        self._stage.scene("Tampering is found, and the broken link named")
        changed = tamper_with_one_byte(bundle, self._network.folder / "one-byte-changed.json")
        self._stage.refused(f"one byte changed: {self._expect(changed, 1, 'invalid').reason}")
        shortened = remove_event(bundle, self._network.folder / "one-event-removed.json")
        self._stage.refused(f"one event removed: {self._expect(shortened, 1, 'invalid').reason}")

    def _cancel(self) -> None:
        self._stage.scene("A second certificate is cancelled, and an earlier proof cannot hide it")
        form = replace(self._form, reference_no=self._form.reference_no[:33] + "-B")
        issued = self._issue_form(form)
        earlier = self._bundle(issued.id, "before-cancellation.json")
        self._expect(earlier, 0, "valid")
        self._stage.done("its proof, made and checked before: valid")
        decision = self._authority.client.origin.cancel(
            issued.id, "issued in error", self._authority.officer, _now()
        )
        self._authority.client.records.follow(decision.signed.digest)
        self._stage.done("the authority cancels it")
        opening = self._customs.client.origin.claim(
            issued.id,
            item=1,
            quantity=Decimal(1),
            declaration=_declaration(),
            key=self._customs.officer,
            now=_now(),
        )
        self._expect_refusal(self._customs, opening.claim, "a claim on it")
        # "now" is taken in whole seconds, so an age of more than one takes up to two to show
        time.sleep(max(0.0, 2.2 - (time.time() - earlier.stat().st_mtime)))
        result = self._expect(earlier, 2, "undetermined", "--max-age", "1s")
        self._stage.doubtful(f"the earlier proof, asked for now: {result.reason}")
        later = self._bundle(issued.id, "after-cancellation.json")
        self._stage.refused(f"a proof made now: {self._expect(later, 1, 'invalid').reason}")

    # parts of scenes

    def _claim(self, party: Party, certificate: bytes, quantity: Decimal) -> ClaimOpening:
        opening = party.client.origin.claim(
            certificate,
            item=1,
            quantity=quantity,
            declaration=_declaration(),
            key=party.officer,
            now=_now(),
        )
        party.client.records.follow(opening.claim)
        until(lambda: party.client.origin.certificate(certificate).claim(opening.claim))
        return opening

    def _expect_refusal(self, party: Party, digest: bytes, what: str) -> None:
        try:
            party.client.records.follow(digest)
        except RecordRefusedError as refused:
            self._stage.refused(f"{what}: “{refused.reason}”")
        else:
            raise SurprisedError(f"{what} was not refused")

    def _bundle(self, certificate: bytes, name: str) -> Path:
        path = self._network.folder / name
        client = self._authority.client
        path.write_bytes(until(lambda: client.proofs.certificate_bundle(certificate)))
        return path

    def _expect(self, bundle: Path, code: int, word: str, *options: str) -> Verification:
        result = verify(bundle, self._network.folder / "trust.json", *options)
        if (result.code, result.verdict) != (code, word):
            raise SurprisedError(f"{bundle.name} reads {result.verdict}: {result.reason}")
        return result


def thirds(whole: Decimal) -> Iterable[Decimal]:
    """Return three parts that make exactly the whole, which is at least three millionths."""
    third = (whole / 3).quantize(STEP, ROUND_DOWN)
    return third, third, whole - 2 * third


def today(form: CertificateForm, on: date) -> CertificateForm:
    """Move the dates of the shipped example, so that it was certified on a day."""
    shift = on - form.certification.date
    return replace(
        form,
        transport=replace(form.transport, departure_date=form.transport.departure_date + shift),
        items=tuple(
            replace(item, invoice=replace(item.invoice, date=item.invoice.date + shift))
            for item in form.items
        ),
        exporter_declaration=replace(
            form.exporter_declaration, date=form.exporter_declaration.date + shift
        ),
        certification=replace(form.certification, date=on),
    )


def yesterday() -> date:
    """Return the day before today in UTC: past everywhere."""
    return datetime.now(UTC).date() - timedelta(days=1)


def _declaration() -> bytes:
    number = f"{secrets.randbelow(10**12):012d}"
    return declaration_line_id(secrets.token_bytes(32), number, 1)


def _now() -> int:
    return int(time.time())
