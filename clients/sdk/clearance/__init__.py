"""Declarations at customs' door: for declarants, officers, agencies and ports."""

from clients.sdk.clearance.clearance import Clearance
from clients.sdk.clearance.declarant import Declarant
from clients.sdk.clearance.desk import Desk, Stated
from clients.sdk.clearance.evidence import Taken
from clients.sdk.clearance.field import Agency, Port
from clients.sdk.clearance.officer import Officer
from clients.sdk.clearance.overrides import Overrides
from clients.sdk.clearance.reading import read_declaration_file
from clients.sdk.clearance.reports import Reports
from clients.sdk.payments.wire import MemberConnection

__all__ = [
    "Agency",
    "Clearance",
    "Declarant",
    "Desk",
    "MemberConnection",
    "Officer",
    "Overrides",
    "Port",
    "Reports",
    "Stated",
    "Taken",
    "read_declaration_file",
]
