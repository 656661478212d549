"""Goods go on from Singapore: a certificate issued back-to-back, and what it may not do."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from clients.sdk.errors import RecordRefusedError
from clients.sdk.openings import ClaimOpening
from clients.sdk.origin import ParentDraw
from contracts.origin.certificate import CertificateForm
from contracts.origin.form_model import Parent, Party
from examples.demo.network import AUTHORITY, CUSTOMS_ID, CUSTOMS_SG
from examples.demo.play import Play, now
from examples.demo.stage import SurprisedError

TRADER = Party("Straits Coffee Trading Pte Ltd", "10 Anson Road, Singapore 079903", "SG")
FIRST_LINE = 100


def back_to_back(play: Play) -> None:
    """Half of a consignment goes on to Jakarta; more than Singapore received does not."""
    play.stage.scene("Half of another consignment goes on from Singapore, back-to-back")
    parent = parent_form(play.form)
    certificate = play.party(AUTHORITY).client.origin.identifier(
        parent, play.party(AUTHORITY).identifier_key
    )
    play.countersign(parent, certificate, first_line=FIRST_LINE)
    play.issue(parent, AUTHORITY, CUSTOMS_SG)
    play.stage.done(f"Ha Noi issues {parent.reference_no}; Singapore's node receives it")
    whole = parent.items[0].quantity.value
    half = whole / 2
    first = child_form(play.form, parent, 1, half)
    draws = issue_child(play, first, certificate, whole, ())
    play.stage.done(
        f"Singapore draws {half} and issues {first.reference_no} for Jakarta, in one transaction"
    )
    second = child_form(play.form, parent, 2, whole)
    try:
        issue_child(play, second, certificate, whole, draws)
    except RecordRefusedError as refused:
        play.stage.refused(
            f"{whole} more out of the same: “{refused.reason}”; nothing of it was done"
        )
    else:
        raise SurprisedError("more was issued than the parent holds")
    path = play.bundle(first_id(play, first), "back-to-back.json")
    standing = next(s for s in play.expect(path, 0, "valid").steps if s.startswith("standing"))
    play.stage.done(standing)


def first_id(play: Play, form: CertificateForm) -> bytes:
    """Return the identifier of a certificate of Singapore."""
    singapore = play.party(CUSTOMS_SG)
    return singapore.client.origin.identifier(form, singapore.identifier_key)


def issue_child(
    play: Play,
    form: CertificateForm,
    parent: bytes,
    whole: Decimal,
    drawn: tuple[ClaimOpening, ...],
) -> tuple[ClaimOpening, ...]:
    """Countersign the goods in Singapore, draw on the parent and issue."""
    singapore, certificate = play.party(CUSTOMS_SG), first_id(play, form)
    number = int(form.reference_no.rsplit("/", 1)[-1])
    play.countersign(form, certificate, first_line=FIRST_LINE + number, customs=CUSTOMS_SG)
    quantity = form.items[0].quantity.value
    issued = singapore.client.origin.issue_back_to_back(
        form,
        singapore.issuer_keys,
        parent,
        draws=[ParentDraw(1, quantity, whole)],
        accepted=drawn,
        now=now(),
    )
    singapore.client.records.follow(issued.signed.digest)
    play.await_receipt(issued.id, CUSTOMS_ID)
    return (*drawn, *issued.draws)


def parent_form(form: CertificateForm) -> CertificateForm:
    """Return the certificate by which the goods come to Singapore."""
    return replace(
        form,
        reference_no="VN-SG-26/02/000917",
        consignment=form.consignment[:30] + "-SG",
        consignee=TRADER,
        transport=form.transport
        and replace(form.transport, port_of_discharge="SGSIN", route="Hai Phong - Singapore"),
        items=(replace(form.items[0], item_no=1, export_lines=()),),
        exporter_declaration=form.exporter_declaration
        and replace(form.exporter_declaration, exported_to="SG"),
    )


def child_form(
    form: CertificateForm, parent: CertificateForm, number: int, quantity: Decimal
) -> CertificateForm:
    """Return the certificate by which they go on to Jakarta."""
    item = parent.items[0]
    part = replace(item, quantity=replace(item.quantity, value=quantity))
    original = Parent("VN", parent.reference_no, parent.certification.date, parent.expiry)
    return replace(
        form,
        reference_no=f"SG-ID-26/02/{number}",
        consignment=f"{form.consignment[:28]}-SG-{number}",
        issued_in="SG",
        issuing_body="Singapore Customs",
        exporter=TRADER,
        items=(part,),
        certification=replace(form.certification, place="Singapore", authority="Singapore Customs"),
        flags=form.flags | {"back_to_back"},
        parent=original,
    )
