"""A Form D for goods of an export declaration that customs has cleared."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from clients.sdk.origin.customs import LinePart
from contracts.origin.certificate import CertificateForm
from contracts.origin.form_model import ExportLine, Item, Measure, Packages, Party
from contracts.origin.identifiers import export_line_id
from examples.demo.network import AUTHORITY, CUSTOMS_ID, CUSTOMS_VN
from examples.demo.play import Play, now


def certify_export(play: Play, number: str, content: dict[str, Any]) -> None:
    """Countersign the line that was cleared, issue its certificate, see it received.

    Args:
        play: Who plays.
        number: The export declaration's number, 11 digits.
        content: The declaration.
    """
    form = form_of(play.form, number, content)
    authority, customs = play.party(AUTHORITY), play.party(CUSTOMS_VN)
    certificate = authority.client.origin.identifier(form, authority.identifier_key)
    line = export_line_id(customs.identifier_key, "VN", number, 1)
    whole = form.items[0].quantity.value
    part = LinePart(line, certificate, 1, whole, whole)
    opening = customs.client.origin.certify_line(part, [], customs.officer, now())
    customs.client.records.follow(opening.record)
    play.stage.done(f"line 1 of {number}, {whole} pieces, is countersigned for it")
    issued = play.issue(form, AUTHORITY, CUSTOMS_ID)
    named = play.party(CUSTOMS_ID).client.origin.form(issued.id, now()).items[0].export_lines[0]
    play.stage.done(
        f"{form.reference_no} is received in Jakarta; it names line {named.line} of "
        f"{named.declaration_no}"
    )


def form_of(form: CertificateForm, number: str, content: dict[str, Any]) -> CertificateForm:
    """Return a Form D of a declaration's first line, dated as another form."""
    exporter, importer, line = content["exporter"], content["importer"], content["lines"][0]
    quantity, packages = line["quantity"], content["packages"]
    pieces = Decimal(quantity["value"])
    item = Item(
        item_no=1,
        marks_numbers="TEE/JKT/1-200",
        packages=Packages(packages["count"], packages["type"]),
        goods_description=line["description"],
        quantity=Measure(pieces, quantity["unit"]),
        hs_code=line["hs"],
        origin_criterion="CC",
        gross_weight=Measure(Decimal(content["gross_mass_kg"]), "KGM"),
        invoice=replace(form.items[0].invoice, number=line["invoice"]),
        export_lines=(ExportLine(number, line["number"], pieces),),
    )
    return replace(
        form,
        reference_no=form.reference_no[:30] + "-T",
        consignment=content["ucr"],
        exporter=Party(exporter["name"], exporter["address"], "VN", exporter["tax_code"]),
        consignee=Party(importer["name"], importer["address"], importer["country"]),
        items=(item,),
    )
