"""The main job, from an application in Buon Ma Thuot to a proof checked with the network off."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Final

from clients.sdk.errors import InputError
from clients.sdk.openings import ClaimOpening
from clients.sdk.origin import IssuedCertificate, Links
from contracts.commitments.pedersen import commit
from contracts.documents.sd_jwt import present_sd_jwt
from contracts.origin.certificate import CertificateForm
from contracts.origin.records import ClaimAccept, VerificationKind
from examples.demo.clearance import clear_declarations
from examples.demo.duties import pay_duties
from examples.demo.network import AUTHORITY, CUSTOMS_ID, CUSTOMS_VN, EXPORTER
from examples.demo.offline import remove_event, tamper_with_one_byte
from examples.demo.play import Play, now
from examples.demo.singapore import back_to_back
from examples.demo.stage import SurprisedError, until
from examples.demo.withdrawal import cancel, erase

STEP: Final = Decimal("0.000001")
SHARE_WHOLE: Final = 10_000


def tell(play: Play) -> None:
    """Play all scenes.

    Raises:
        SurprisedError: Something did not go as it must.
    """
    application = apply(play)
    issued = issue(play, application)
    accepted = draw_down(play, issued)
    refuse_strangers(play, issued)
    doubt(play, issued, accepted)
    back_to_back(play)
    redact(play, issued)
    bundle = prove(play, issued)
    tamper(play, bundle)
    cancel(play)
    erase(play, issued)
    pay_duties(play)
    clear_declarations(play)


def apply(play: Play) -> bytes:
    """The exporter applies, customs countersigns the goods, the authority approves."""
    play.stage.scene("The exporter applies; Viet Nam Customs countersigns the goods, once")
    exporter, authority = play.party(EXPORTER), play.party(AUTHORITY)
    application = secrets.token_bytes(32)
    content = json.dumps({"reference": play.form.reference_no, "items": len(play.form.items)})
    applied = exporter.client.origin.apply(
        application, AUTHORITY.id, content.encode(), exporter.officer, now()
    )
    exporter.client.records.follow(applied.signed.digest)
    play.stage.done("the application is on the ledger, its content sealed for the authority alone")
    certificate = authority.client.origin.identifier(play.form, authority.identifier_key)
    play.countersign(play.form, certificate, first_line=1)
    play.stage.done(f"{len(play.form.items)} lines of the export declaration are countersigned")
    other = b"VN" + secrets.token_bytes(30)
    play.second_use(play.form, 1, other)
    until(lambda: authority.client.origin.application(application))
    approved = authority.client.origin.approve(application, certificate, authority.officer, now())
    authority.client.records.follow(approved.digest)
    play.stage.done("the authority approves it, for this one certificate")
    return application


def issue(play: Play, application: bytes) -> IssuedCertificate:
    """The authority issues; the nodes send and receive by themselves."""
    form, authority, customs = play.form, play.party(AUTHORITY), play.party(CUSTOMS_ID)
    play.stage.scene(f"{form.certification.place} issues electronic Form {form.form}")
    issued = authority.client.origin.issue(
        form, authority.issuer_keys, now(), [EXPORTER.id], Links(application=application)
    )
    authority.client.records.follow(issued.signed.digest)
    play.stage.done(f"{form.reference_no}: {len(form.items)} items")
    for item in form.items:
        play.stage.done(
            f"   {item.item_no}. HS {item.hs_code} {item.goods_description}: "
            f"{item.quantity.value} {item.quantity.unit}, {item.origin_criterion}"
        )
    play.stage.done(
        f"on the ledger: certificate 0x{issued.id.hex()[:16]}…, neither names nor quantities"
    )
    play.await_receipt(issued.id, CUSTOMS_ID, AUTHORITY)
    if customs.client.origin.form(issued.id, now()) != form:
        raise SurprisedError("the document reads differently in Jakarta")
    play.stage.done(
        "Jakarta's node fetched the encrypted document, checked it and confirmed receipt by itself"
    )
    return issued


def draw_down(play: Play, issued: IssuedCertificate) -> list[ClaimOpening]:
    """Jakarta draws an item down to the last bit; nothing more is accepted."""
    item, customs = play.form.items[0], play.party(CUSTOMS_ID)
    whole, unit = item.quantity.value, item.quantity.unit
    play.stage.scene(f"Jakarta draws down item 1, {whole} {unit}, in three thirds")
    accepted: list[ClaimOpening] = []
    for part in thirds(whole):
        opening = play.claim(issued.id, part)
        play.accept(opening, accepted, whole)
        accepted.append(opening)
        view = customs.client.origin.certificate(issued.id)
        share = Decimal(view.items[1].share) / (SHARE_WHOLE // 100)
        play.stage.done(f"{part} {unit} accepted; drawn so far: {share} % (rounded up)")
    refuse_one_more(play, issued.id, accepted, unit)
    return accepted


def refuse_one_more(
    play: Play, certificate: bytes, accepted: list[ClaimOpening], unit: str
) -> None:
    """The smallest quantity beyond the whole is refused."""
    customs, opening = play.party(CUSTOMS_ID), play.claim(certificate, STEP)
    drawn = sum((o.opening for o in accepted[1:]), accepted[0].opening)
    after = commit(drawn + opening.opening)
    # What an officer would have to sign; the SDK itself refuses to make it.
    record = ClaimAccept(
        object=certificate,
        claim=opening.claim,
        share_before=SHARE_WHOLE,
        share_after=SHARE_WHOLE + 1,
        commitment_x=after.x,
        commitment_y=after.y,
        accepted_at=now(),
        expires=now() + 600,
    )
    records = customs.client.records
    signed = records.sign(record, customs.officer, records.ledger())
    records.submit(signed)
    play.expect_refusal(customs, signed.digest, f"{STEP} {unit} more")
    decision = customs.client.origin.reject(
        certificate, opening.claim, "beyond the whole", customs.officer, now()
    )
    records.follow(decision.signed.digest)


def refuse_strangers(play: Play, issued: IssuedCertificate) -> None:
    """A valid key of another country claims in vain."""
    play.stage.scene("A key of the wrong country is refused")
    stranger = play.party(CUSTOMS_VN)
    until(lambda: stranger.client.origin.certificate(issued.id))
    opening = play.submit_claim(stranger, issued.id, Decimal(1), item=len(play.form.items))
    play.expect_refusal(stranger, opening.claim, "a claim signed by Viet Nam Customs")


def doubt(play: Play, issued: IssuedCertificate, accepted: list[ClaimOpening]) -> None:
    """Jakarta doubts a claim; Ha Noi answers in time; then it is decided."""
    item = play.form.items[-1]
    if item.item_no == 1:
        return  # all of it is drawn
    play.stage.scene(f"Jakarta doubts a claim on item {item.item_no}; Ha Noi verifies")
    customs, authority = play.party(CUSTOMS_ID), play.party(AUTHORITY)
    opening = play.claim(issued.id, item.quantity.value, item.item_no)
    request = json.dumps({"question": "Please confirm the regional value content."}).encode()
    asked = customs.client.origin.doubt(issued.id, opening.claim, request, customs.officer, now())
    customs.client.records.follow(asked.signed.digest)
    view = until(lambda: _doubted(play, issued.id, opening.claim))
    play.stage.done(f"the request is sealed for Ha Noi; the reply is due in {view} days")
    hasty = customs.client.origin.accept(
        opening, accepted, item.quantity.value, customs.officer, now()
    )
    play.expect_refusal(customs, hasty.digest, "accepting it before the answer")
    until(lambda: authority.client.origin.certificate(issued.id).claim(opening.claim))
    authority.client.documents.fetch(asked.stored.manifest, CUSTOMS_ID.id)
    answer = json.dumps({"answer": "Confirmed: 62.5 %, cost sheet attached."}).encode()
    replied = authority.client.origin.step_verification(
        issued.id,
        opening.claim,
        VerificationKind.VALID,
        authority.officer,
        now(),
        content=answer,
        readers=[CUSTOMS_ID.id],
    )
    authority.client.records.follow(replied.signed.digest)
    until(lambda: _found_valid(play, issued.id, opening.claim))
    play.accept(opening, accepted, item.quantity.value)
    accepted.append(opening)
    play.stage.done("Ha Noi confirms, signed and sealed; Jakarta accepts the claim")


def _doubted(play: Play, certificate: bytes, claim: bytes) -> int:
    view = play.party(CUSTOMS_ID).client.origin.certificate(certificate)
    if view.claim(claim).verification != "requested":
        raise InputError("claim", "is not yet doubted")
    reply_by, _ = view.deadlines(0)
    return reply_by // 86_400


def _found_valid(play: Play, certificate: bytes, claim: bytes) -> bool:
    view = play.party(CUSTOMS_ID).client.origin.certificate(certificate)
    return view.claim(claim).verification == "valid"


def redact(play: Play, issued: IssuedCertificate) -> None:
    """The exporter shows a buyer's bank three fields, and nothing else."""
    play.stage.scene("The exporter shows three fields of the certificate, and hides the others")
    shown = present_sd_jwt(
        issued.document, [("exporter",), ("items", 0, "hs_code"), ("items", 0, "quantity")]
    )
    (play.network.folder / "presentation.sd-jwt").write_text(shown)
    customs = play.party(CUSTOMS_ID)
    verified, view = customs.client.origin.verify_presentation(shown, now())
    text = json.dumps(verified.claims)
    if play.form.consignee.name in text or play.form.exporter.name not in text:
        raise SurprisedError("the presentation shows another field than was chosen")
    play.stage.done(
        f"{len(shown):,} bytes that still carry the issuer's signature: exporter, HS code and "
        f"quantity of item 1; {verified.hidden} fields stay hidden"
    )
    play.stage.done(f"the ledger says of it: {view.status}, {view.exchange}")


def prove(play: Play, issued: IssuedCertificate) -> Path:
    """One file proves the certificate's whole history offline."""
    play.stage.scene("One file proves it all, with the network switched off")
    path = play.bundle(issued.id, "certificate.json")
    result = play.expect(path, 0, "valid")
    for step in result.steps:
        play.stage.done(step)
    return path


def tamper(play: Play, bundle: Path) -> None:
    """What is changed or left out is found."""
    play.stage.scene("Tampering is found, and the broken link named")
    changed = tamper_with_one_byte(bundle, play.network.folder / "one-byte-changed.json")
    play.stage.refused(f"one byte changed: {play.expect(changed, 1, 'invalid').reason}")
    shortened = remove_event(bundle, play.network.folder / "one-event-removed.json")
    play.stage.refused(f"one event removed: {play.expect(shortened, 1, 'invalid').reason}")


def thirds(whole: Decimal) -> Iterable[Decimal]:
    """Return three parts that make exactly the whole, which is at least three millionths."""
    third = (whole / 3).quantize(STEP, ROUND_DOWN)
    return third, third, whole - 2 * third


def today(form: CertificateForm, on: date) -> CertificateForm:
    """Move the dates of the shipped example, so that it was certified on a day."""
    shift = on - form.certification.date
    transport, declaration = form.transport, form.exporter_declaration
    return replace(
        form,
        transport=transport and replace(transport, departure_date=transport.departure_date + shift),
        items=tuple(
            replace(item, invoice=replace(item.invoice, date=item.invoice.date + shift))
            for item in form.items
        ),
        exporter_declaration=declaration and replace(declaration, date=declaration.date + shift),
        certification=replace(form.certification, date=on),
    )


def yesterday() -> date:
    """Return the day before today in UTC: past everywhere."""
    return datetime.now(UTC).date() - timedelta(days=1)
