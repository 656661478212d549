"""The maps: which field stands in which element of the WCO Data Model's names.

Source: WCO Data Model 3, class and attribute names; where it has none for a box of a
certificate, the name is ours (docs/formats/e-form-d.md lists them).
"""

from typing import Final

from contracts.origin.xml.binding import Group, Leaf, Node, Repeated, Ticked, Valued

_PARTY: Final[tuple[Node, ...]] = (
    Leaf("Name", "name"),
    Leaf("ID", "tax_id"),
    Group("Address", None, (Leaf("Line", "address"), Leaf("CountryCode", "country"))),
)
_INVOICE: Final[tuple[Node, ...]] = (Leaf("ID", "number"), Leaf("IssueDate", "date"))
_ITEM: Final[tuple[Node, ...]] = (
    Leaf("SequenceNumeric", "item_no"),
    Group(
        "Packaging",
        None,
        (
            Leaf("MarksNumbersID", "marks_numbers"),
            Group(
                None,
                "packages",
                (Leaf("QuantityQuantity", "count"), Leaf("TypeCode", "type")),
            ),
        ),
    ),
    Group(
        "Commodity",
        None,
        (
            Leaf("Description", "goods_description"),
            Group("Classification", None, (Leaf("ID", "hs_code"),)),
        ),
    ),
    Group(
        "GoodsMeasure",
        None,
        (
            Valued("TariffQuantity", "quantity", "unitCode"),
            Valued("GrossMassMeasure", "gross_weight", "unitCode"),
            Valued("OtherQuantity", "other_quantity", "unitCode"),
        ),
    ),
    Group(
        "Origin",
        None,
        (Leaf("CriterionCode", "origin_criterion"), Leaf("CountryCode", "origin_country")),
    ),
    Group(
        "CustomsValuation",
        None,
        (
            Valued("FreeOnBoardAmount", "fob_value", "currencyID"),
            Valued("ExWorksAmount", "ex_works_value", "currencyID"),
            Valued("NetCostAmount", "net_cost_value", "currencyID"),
        ),
    ),
    Repeated("Invoice", "further_invoices", _INVOICE, first="invoice"),
    Group(
        "InvoiceIssuer",
        "third_country_company",
        (Leaf("Name", "name"), Leaf("CountryCode", "country")),
    ),
    Repeated(
        "PreviousDocument",
        "export_lines",
        (
            Leaf("ID", "declaration_no"),
            Leaf("LineNumeric", "line"),
            Leaf("QuantityQuantity", "quantity"),
        ),
    ),
)

DECLARATION: Final[tuple[Node, ...]] = (
    Leaf("TypeCode", "form"),
    Leaf("ID", "reference_no"),
    Leaf("IssuingCountryCode", "issued_in"),
    Group("Issuer", None, (Leaf("Name", "issuing_body"),)),
    Group("UCR", None, (Leaf("ID", "consignment"),)),
    Group("Amendment", None, (Leaf("PreviousID", "replaces"),)),
    Group("CertifiedCopy", None, (Leaf("IssueDate", "certified_copy"),)),
    Group(
        "PreviousDocument",
        "parent",
        (
            Leaf("IssuingCountryCode", "issued_in"),
            Leaf("ID", "reference_no"),
            Leaf("IssueDate", "issued"),
            Leaf("ExpirationDate", "expiry"),
        ),
    ),
    Group("Exporter", "exporter", _PARTY),
    Group("Manufacturer", "producer", _PARTY),
    Group(
        "GoodsShipment",
        None,
        (
            Group("Consignee", "consignee", _PARTY),
            Group(
                "Consignment",
                "transport",
                (
                    Leaf("DepartureDate", "departure_date"),
                    Group("BorderTransportMeans", None, (Leaf("Name", "means_name"),)),
                    Group("UnloadingLocation", None, (Leaf("ID", "port_of_discharge"),)),
                    Group("Itinerary", None, (Leaf("Description", "route"),)),
                ),
            ),
            Group(
                "Exhibition",
                "exhibition",
                (
                    Leaf("Name", "name"),
                    Group(
                        "Address", None, (Leaf("Line", "address"), Leaf("CountryCode", "country"))
                    ),
                ),
            ),
            Repeated("GovernmentAgencyGoodsItem", "items", _ITEM),
        ),
    ),
    Group(
        "BlanketPeriod",
        "blanket_period",
        (Leaf("StartDate", "first"), Leaf("EndDate", "last")),
    ),
    Group(
        "AdditionalDocument",
        "export_document",
        (
            Leaf("TypeText", "form"),
            Leaf("ID", "number"),
            Leaf("IssuingOffice", "office"),
            Leaf("IssueDate", "date"),
        ),
    ),
    Ticked("AdditionalInformation", "StatementCode", "flags"),
    Leaf("Remarks", "remarks"),
    Group(
        "Declarant",
        "exporter_declaration",
        (
            Leaf("ProductionCountryCode", "produced_in"),
            Leaf("DestinationCountryCode", "exported_to"),
            Leaf("LocationName", "place"),
            Leaf("IssueDate", "date"),
            Leaf("SignatoryName", "signatory"),
        ),
    ),
    Group(
        "Authentication",
        "certification",
        (
            Leaf("LocationName", "place"),
            Leaf("IssueDate", "date"),
            Leaf("Name", "authority"),
            Leaf("RoleCode", "certified_by"),
            Leaf("ID", "exporter_code"),
        ),
    ),
)

RESPONSE: Final[tuple[Node, ...]] = (
    Leaf("FunctionCode", "kind"),
    Leaf("ID", "message_id"),
    Leaf("IssueDateTime", "sent"),
    Group("Sender", None, (Leaf("CountryCode", "sender"),)),
    Group("Recipient", None, (Leaf("CountryCode", "recipient"),)),
    Group(
        "Declaration",
        "certificate",
        (
            Leaf("TypeCode", "form"),
            Leaf("ID", "reference_no"),
            Leaf("IssuingCountryCode", "issued_in"),
        ),
    ),
    Group("PreviousDocument", None, (Leaf("ID", "in_reply_to"),)),
    Group("Status", None, (Leaf("NameCode", "outcome"),)),
    Group(
        "GovernmentAgencyGoodsItem",
        "utilisation",
        (
            Leaf("SequenceNumeric", "item"),
            Group(
                "PreviousDocument",
                None,
                (Leaf("ID", "declaration_no"), Leaf("LineNumeric", "line")),
            ),
            Valued("TariffQuantity", "quantity", "unitCode"),
            Leaf("AcceptanceDate", "date"),
        ),
    ),
    Repeated(
        "Error",
        "errors",
        (
            Leaf("ValidationCode", "code"),
            Leaf("Pointer", "field"),
            Leaf("Description", "description"),
        ),
    ),
    Group("Reason", None, (Leaf("Description", "reason"),)),
    Group("Deadline", None, (Leaf("ReplyDate", "reply_by"),)),
)
