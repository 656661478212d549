"""A network with a bank and a customs office that decides payments by itself."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from support.organisations import (
    CHAIN_ID,
    CUSTOMS_VN,
    EXPORTER,
    GENESIS_TIME,
    IDENTIFIER_KEY,
    MEMBERS,
    MEMBERSHIP,
    PAYMENTS,
    Member,
    Network,
    SealingKey,
    Signer,
)

from contracts.commitments.pedersen import Opening, commit
from contracts.membership.founding import (
    FoundingValidator,
    IdentifierKeyCommitment,
    build_founding,
)
from contracts.membership.keys import Role
from contracts.origin.identifiers import key_commitment
from contracts.payments.identifiers import (
    credit_id,
    declaration_id,
    guarantee_id,
    guarantee_number,
)
from contracts.payments.messages import (
    CreditNotice,
    DrawRequest,
    GuaranteeNotice,
    PaymentLine,
    PaymentOrder,
    ReversalNotice,
    bank_code,
    content_hash,
)
from contracts.payments.records import (
    CreditNotify,
    GuaranteeChange,
    GuaranteeDraw,
    GuaranteeGrant,
    GuaranteeKind,
    ReversalNotify,
)
from contracts.records.record import Record, RecordDomain
from contracts.records.signed import SignedRecord
from node.files import create_private
from node.organisation import OrganisationNode
from node.payments.customs import Registration
from node.payments.handed import Handed
from node.payments.tables import PaymentItem

BANK = Member("bank-vn", Role.BANK, "VN", governing=False)
OTHER_BANK = Member("bank-two", Role.BANK, "VN", governing=False)
PAYMENTS_KEY = b"\x22" * 32
DECLARATION = "107000000011"
TAXPAYER = "0101234567"
OFFICE = "02CI"


@cache
def paying_genesis() -> bytes:
    founding = build_founding(
        [member.founder() for member in (*MEMBERS, BANK, OTHER_BANK)],
        [FoundingValidator(SealingKey().public_key, 10, MEMBERS[0].id)],
        consortium_keys=[IdentifierKeyCommitment("payments", key_commitment(PAYMENTS_KEY))],
    )
    calls = [
        {"to": None if call.to is None else "0x" + call.to.hex(), "data": "0x" + call.data.hex()}
        for call in founding
    ]
    document = {
        "format": "tradeseal-genesis/1",
        "chain_id": "tradeseal-payments",
        "evm_chain_id": str(CHAIN_ID),
        "genesis_time": "2026-01-01T00:00:00Z",
        "membership": "0x" + MEMBERSHIP.hex(),
        "founding": calls,
        "validators": [
            {"name": "solo", "public_key": SealingKey().public_key.hex(), "power": "10"}
        ],
    }
    return json.dumps(document).encode()


def paying_network(folder: Path, **options: Any) -> Network:
    """Return a ledger whose customs has a clerk and the consortium's key."""
    return Network(folder, genesis=paying_genesis(), clerks=(CUSTOMS_VN,), **options)


def customs_folder(network: Network) -> Any:
    made = network.organisation(CUSTOMS_VN)
    path = made.keys / "identifiers" / "payments.key"
    create_private(path, PAYMENTS_KEY.hex().encode())
    return made


def assessment(
    total: int = 1_000_000, declaration_no: str = DECLARATION, **changes: Any
) -> dict[str, Any]:
    duty = total * 6 // 10
    taxes = [
        {"tax": "import_duty", "sub_item": "1901", "amount": str(duty)},
        {"tax": "vat", "sub_item": "1702", "amount": str(total - duty)},
    ]
    document = {
        "format": "tradeseal-assessment/1",
        "declaration_no": declaration_no,
        "amendment": "0",
        "taxpayer": TAXPAYER,
        "kind": "final" if total else "zero",
        "currency": "VND",
        "taxes": taxes if total else [],
        "total": str(total),
    }
    return document | changes


def salt() -> str:
    return secrets.token_hex(32)


@dataclass
class Paying:
    """One customs node with what banks and enterprises hand in."""

    network: Network
    node: OrganisationNode

    @property
    def now(self) -> int:
        return self.network.time

    def settle(self) -> None:
        self.network.settle(self.node)

    def assess(self, total: int = 1_000_000, number: str = DECLARATION, **changes: Any) -> None:
        registration = Registration(GENESIS_TIME, OFFICE, EXPORTER.hex_id)
        document = assessment(total, number, **changes)
        self.node.payments.customs.assess(document, registration, salt(), self.now)
        self.settle()

    def row(self, number: str = DECLARATION) -> Any:
        return self.node.payments.queries.standing(number, self.now)

    def object_id(self, number: str = DECLARATION) -> bytes:
        return declaration_id(IDENTIFIER_KEY, "VN", number)

    @property
    def domain(self) -> RecordDomain:
        return RecordDomain(CHAIN_ID, PAYMENTS)

    def sign(self, record: Record, signer: Signer) -> SignedRecord:
        return SignedRecord.sign(record, self.domain, signer.secret)

    def order(self, total: int = 1_000_000, pay_id: str = "P1", **changes: Any) -> PaymentOrder:
        values: dict[str, Any] = {
            "pay_id": pay_id,
            "tax_id": TAXPAYER,
            "payer": "Công ty Ví dụ",
            "declaration_no": DECLARATION,
            "declaration_date": "2026-01-01",
            "customs_code": OFFICE,
            "treasury_code": "TR01",
            "chapter": "755",
            "lines": (PaymentLine("1901", total),),
            "total": total,
            "currency": "VND",
            "bank": BANK.hex_id,
            "value_date": "2026-01-02",
            "salt": salt(),
        }
        return PaymentOrder(**(values | changes))

    def notice(self, total: int = 1_000_000, pay_id: str = "P1", **changes: Any) -> CreditNotice:
        values = self.order(total, pay_id).to_json() | {"type": "credit_notice", "order": None}
        parsed = CreditNotice.parse(values)
        return replace(parsed, **changes)

    def credit(
        self,
        notice: CreditNotice | None = None,
        *,
        bank: Member = BANK,
        signer: Signer | None = None,
        opening: Opening | None = None,
        **changes: Any,
    ) -> tuple[Handed, CreditNotice]:
        """Return a credit as its bank hands it in."""
        notice = notice or self.notice()
        committed = opening or Opening(notice.total, 1 + secrets.randbelow(1 << 128))
        row = self.row(notice.declaration_no).declaration
        values: dict[str, Any] = {
            "object": self.object_id(notice.declaration_no),
            "credit": credit_id(PAYMENTS_KEY, bank_code(bank.hex_id), notice.pay_id),
            "assessment": bytes.fromhex(row.assessment[2:]),
            "commitment_x": commit(committed).x,
            "commitment_y": commit(committed).y,
            "content": content_hash(notice),
            "credited_at": self.now,
            "expires": self.now + 86_400,
        }
        signed = self.sign(CreditNotify(**(values | changes)), signer or bank.officer)
        return Handed(bank.hex_id, signed, committed), notice

    def pay(self, total: int = 1_000_000, pay_id: str = "P1", **changes: Any) -> PaymentItem:
        """Hand in a credit; nothing is decided yet."""
        handed, notice = self.credit(self.notice(total, pay_id, **changes))
        return self.node.payments.intake().credit(handed, notice, self.now)

    def reverse(self, credit: bytes, notice: CreditNotice) -> PaymentItem:
        """Hand in that a bank takes a credit back."""
        message = ReversalNotice(
            notice.pay_id, notice.bank, notice.declaration_no, "0x" + credit.hex(),
            notice.total, "VND", "2026-01-03", "wrong account", salt(),
        )  # fmt: skip
        record = ReversalNotify(
            self.object_id(notice.declaration_no), credit, content_hash(message),
            self.now, self.now + 86_400,
        )  # fmt: skip
        handed = Handed(BANK.hex_id, self.sign(record, BANK.officer))
        return self.node.payments.intake().reversal(handed, message, self.now)

    def guarantee(self, limit: int, number: str = "G1", **changes: Any) -> PaymentItem:
        """Hand in a bank's guarantee."""
        values: dict[str, Any] = {
            "number": number, "kind": "general", "bank": BANK.hex_id, "tax_id": TAXPAYER,
            "beneficiary": OFFICE, "declaration_nos": (), "limit": limit, "currency": "VND",
            "valid_from": GENESIS_TIME, "valid_to": GENESIS_TIME + 40 * 86_400, "salt": salt(),
        }  # fmt: skip
        notice = GuaranteeNotice(**(values | changes))
        opening = Opening(limit, 1 + secrets.randbelow(1 << 128))
        hashed = guarantee_number(PAYMENTS_KEY, bank_code(BANK.hex_id), number)
        single = notice.declaration_nos
        record = GuaranteeGrant(
            object=guarantee_id(BANK.id, hashed), number=hashed,
            kind=GuaranteeKind[notice.kind.upper()],
            declaration=self.object_id(single[0]) if single else bytes(32),
            limit_x=commit(opening).x, limit_y=commit(opening).y, content=content_hash(notice),
            valid_from=notice.valid_from, valid_to=notice.valid_to,
            granted_at=self.now, expires=self.now + 86_400,
        )  # fmt: skip
        handed = Handed(BANK.hex_id, self.sign(record, BANK.officer), opening)
        return self.node.payments.intake().guarantee(handed, notice, self.now)

    def change(self, valid_to: int, number: str = "G1") -> PaymentItem:
        """Hand in a guarantee's new end."""
        hashed = guarantee_number(PAYMENTS_KEY, bank_code(BANK.hex_id), number)
        target = guarantee_id(BANK.id, hashed)
        record = GuaranteeChange(target, valid_to, self.now, self.now + 86_400)
        handed = Handed(BANK.hex_id, self.sign(record, BANK.officer))
        return self.node.payments.intake().change(handed, self.now)

    def draw(self, total: int, number: str = "G1", **changes: Any) -> PaymentItem:
        """Hand in an enterprise's request to draw."""
        declaration_no = changes.pop("declaration_no", DECLARATION)
        drawer: Member = changes.pop("drawer", EXPORTER)
        request = DrawRequest(number, BANK.hex_id, TAXPAYER, declaration_no, total, "VND", salt())
        opening = Opening(total, 1 + secrets.randbelow(1 << 128))
        hashed = guarantee_number(PAYMENTS_KEY, bank_code(BANK.hex_id), number)
        row = self.row(declaration_no).declaration
        values: dict[str, Any] = {
            "object": guarantee_id(BANK.id, hashed),
            "declaration": self.object_id(declaration_no),
            "assessment": bytes.fromhex(row.assessment[2:]),
            "quantity_x": commit(opening).x, "quantity_y": commit(opening).y,
            "content": content_hash(request), "drawn_at": self.now, "expires": self.now + 86_400,
        }  # fmt: skip
        signed = self.sign(GuaranteeDraw(**(values | changes)), drawer.officer)
        handed = Handed(drawer.hex_id, signed, opening)
        return self.node.payments.intake().draw(handed, request, self.now)
