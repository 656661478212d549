"""Payments at customs' door: for payers, banks and customs' own desk."""

from clients.sdk.payments.bank import Bank, InboxOrder, InboxPage, PreparedMessage
from clients.sdk.payments.customs import PaymentDesk
from clients.sdk.payments.payer import Payer
from clients.sdk.payments.wire import MemberConnection

__all__ = [
    "Bank",
    "InboxOrder",
    "InboxPage",
    "MemberConnection",
    "Payer",
    "PaymentDesk",
    "PreparedMessage",
]
