"""Certificates of origin over one connection, for every role; made and signed here."""

from clients.sdk.origin.authority import Authority
from clients.sdk.origin.customs import Customs
from clients.sdk.origin.desk import Decision, Handed
from clients.sdk.origin.exporter import Exporter
from clients.sdk.origin.issuing import FORM, IssuedCertificate, IssuerKeys, Links, ParentDraw

__all__ = [
    "FORM",
    "Authority",
    "Customs",
    "Decision",
    "Exporter",
    "Handed",
    "IssuedCertificate",
    "IssuerKeys",
    "Links",
    "Origin",
    "ParentDraw",
]


class Origin(Exporter, Authority, Customs):
    """What exporters, issuing authorities and customs do; the ledger judges who may."""
