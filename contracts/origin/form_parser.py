"""Reads a Form D from its JSON form, strictly; pure."""

from typing import Final

from contracts.origin.form_checks import check_form_d
from contracts.origin.form_d import (
    FLAGS,
    Certification,
    Company,
    ExporterDeclaration,
    FormD,
    Invoice,
    Item,
    Measure,
    Money,
    Packages,
    Party,
    Transport,
)
from contracts.origin.form_reader import FormReader

ITEMS_LIMIT: Final = 999


def parse_form_d(value: object) -> FormD:
    """Parse and check a Form D in its JSON form.

    Args:
        value: Decoded JSON; amounts and quantities are strings, dates ISO 8601.

    Raises:
        FormError: A field is missing, unknown, malformed, or breaks a rule of the
            form; the error names it.
    """
    reader = FormReader(value)
    form = FormD(
        reference_no=reader.reference("reference_no"),
        issued_in=reader.country("issued_in"),
        issuing_body=reader.text("issuing_body"),
        consignment=reader.reference("consignment"),
        exporter=_read_party(reader.object("exporter")),
        consignee=_read_party(reader.object("consignee")),
        transport=_read_transport(reader.object("transport")),
        items=tuple(_read_item(item) for item in reader.objects("items", ITEMS_LIMIT)),
        exporter_declaration=_read_declaration(reader.object("exporter_declaration")),
        certification=_read_certification(reader.object("certification")),
        flags=_read_flags(reader.object("flags")),
    )
    reader.end()
    check_form_d(form)
    return form


def _read_party(reader: FormReader) -> Party:
    party = Party(
        name=reader.text("name"),
        address=reader.text("address"),
        country=reader.country("country"),
        tax_id=reader.text("tax_id") if reader.has("tax_id") else None,
    )
    reader.end()
    return party


def _read_transport(reader: FormReader) -> Transport:
    transport = Transport(
        departure_date=reader.date("departure_date"),
        means_name=reader.text("means_name"),
        port_of_discharge=reader.port("port_of_discharge"),
        route=reader.text("route"),
    )
    reader.end()
    return transport


def _read_item(reader: FormReader) -> Item:
    company = "third_country_company"
    item = Item(
        item_no=reader.integer("item_no"),
        marks_numbers=reader.text("marks_numbers"),
        packages=_read_packages(reader.object("packages")),
        goods_description=reader.text("goods_description"),
        quantity=_read_measure(reader.object("quantity")),
        hs_code=reader.hs_code("hs_code"),
        origin_criterion=reader.text("origin_criterion"),
        gross_weight=_read_measure(reader.object("gross_weight")),
        invoice=_read_invoice(reader.object("invoice")),
        fob_value=_read_money(reader.object("fob_value")) if reader.has("fob_value") else None,
        third_country_company=_read_company(reader.object(company))
        if reader.has(company)
        else None,
    )
    reader.end()
    return item


def _read_packages(reader: FormReader) -> Packages:
    packages = Packages(count=reader.integer("count"), type=reader.code("type", 2, 2))
    reader.end()
    return packages


def _read_measure(reader: FormReader) -> Measure:
    measure = Measure(value=reader.quantity("value"), unit=reader.code("unit", 2, 3))
    reader.end()
    return measure


def _read_money(reader: FormReader) -> Money:
    money = Money(amount=reader.quantity("amount"), currency=reader.code("currency", 3, 3))
    reader.end()
    return money


def _read_invoice(reader: FormReader) -> Invoice:
    invoice = Invoice(number=reader.text("number"), date=reader.date("date"))
    reader.end()
    return invoice


def _read_company(reader: FormReader) -> Company:
    company = Company(name=reader.text("name"), country=reader.country("country"))
    reader.end()
    return company


def _read_declaration(reader: FormReader) -> ExporterDeclaration:
    declaration = ExporterDeclaration(
        produced_in=reader.country("produced_in"),
        exported_to=reader.country("exported_to"),
        place=reader.text("place"),
        date=reader.date("date"),
        signatory=reader.text("signatory"),
    )
    reader.end()
    return declaration


def _read_certification(reader: FormReader) -> Certification:
    certification = Certification(
        place=reader.text("place"), date=reader.date("date"), authority=reader.text("authority")
    )
    reader.end()
    return certification


def _read_flags(reader: FormReader) -> frozenset[str]:
    flags = frozenset(flag for flag in FLAGS if reader.flag(flag))
    reader.end()
    return flags
