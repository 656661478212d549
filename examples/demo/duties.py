"""An import is assessed, guaranteed in part and paid through a bank: what it takes to settle."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from api.tax.assess import assess
from api.tax.assessment import Assessment
from api.tax.document import assessment_members
from api.tax.example import example_rates, example_tariff
from api.tax.exchange import RateTable
from api.tax.model import Declaration
from api.tax.structure import read
from api.tax.tariff_rates import TariffRates
from api.tax.trace import trace
from clients.sdk.answers import Answer
from clients.sdk.payments import Bank, MemberConnection, Payer
from contracts.payments.identifiers import declaration_id
from contracts.payments.messages import (
    SALT_SIZE,
    DrawRequest,
    GuaranteeNotice,
    PaymentLine,
    PaymentOrder,
)
from examples.demo.door import served
from examples.demo.network import BANK_VN, CUSTOMS_ID, CUSTOMS_VN, EXPORTER, Member
from examples.demo.office import monday
from examples.demo.play import Play, now
from examples.demo.stage import SurprisedError, until

EXAMPLE: Final = Path(__file__).parent.parent / "tax" / "import.json"
TREASURY: Final = "0111"
CHAPTER: Final = "754"
OFFICE: Final = "03CC"
GUARANTEE: Final = "BL-0017"
DAY: Final = 86_400
WATCHING: Final = (CUSTOMS_VN, BANK_VN, CUSTOMS_ID)
"""On whose nodes the settlement is read."""
_BANK_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Imported:
    """The declaration of these scenes.

    Attributes:
        declaration: What is imported.
        assessment: What is due on it.
        object: Its identifier on the ledger, 32 bytes.
    """

    declaration: Declaration
    assessment: Assessment
    object: bytes

    @property
    def number(self) -> str:
        """The declaration's number."""
        return self.declaration.number


class Treasury:
    """The payer and the bank at customs' door, each with its own key."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.payer = Payer(self._signed(EXPORTER))
        key, shared = play.party(BANK_VN).officer, play.network.payments_key
        self.bank = Bank(self._signed(BANK_VN), "0x" + BANK_VN.id.hex(), key, shared)

    def _signed(self, member: Member) -> MemberConnection:
        url, transport = self.play.network.door(CUSTOMS_VN)
        key = self.play.party(member).officer
        return MemberConnection(url, "0x" + CUSTOMS_VN.id.hex(), key, transport=transport)

    def is_settled(self, imported: Imported, member: Member) -> bool:
        """Ask a member's own node whether a declaration is settled."""
        return self.play.party(member).client.settlements.find(imported.object).settled


def pay_duties(play: Play) -> None:
    """Play the scenes of an import's duties."""
    treasury = Treasury(play)
    imported = assess_import(treasury)
    guarantee_half(treasury, imported)
    pay_the_rest(treasury, imported)


def assess_import(treasury: Treasury) -> Imported:
    """Compute what is due, line by line, and put it on the ledger without the amounts."""
    play, customs = treasury.play, treasury.play.party(CUSTOMS_VN)
    declaration, rates = example(datetime.now(UTC))
    found = assess(declaration, TariffRates(example_tariff()), rates)
    play.stage.scene(f"Import declaration {declaration.number} is assessed, line by line")
    for line in found.lines:
        taxes = ", ".join(f"{tax.tax.value} {tax.amount:,}" for tax in line.taxes if tax.amount)
        value = f"customs value {line.value.customs_value:,} VND"
        play.stage.done(f"   {line.line.number}. HS {line.line.hs}: {value}; {taxes}")
    play.stage.done(
        f"{found.total:,} VND due, in {len(trace(found))} steps, each with its law; "
        f"to read them: tradeseal tax assess examples/tax/{EXAMPLE.name}"
    )
    office = declaration.office or OFFICE
    registered = int(declaration.registered_at.timestamp())
    members = assessment_members(found, explained=False)
    declarant = "0x" + EXPORTER.id.hex()
    customs.client.payments.assess(members, registered, office, declarant=declarant)
    identifier = declaration_id(customs.identifier_key, "VN", declaration.number)
    imported = Imported(declaration, found, identifier)
    for member in WATCHING:
        if until(lambda: play.party(member).client.settlements.find(identifier)).settled:  # noqa: B023
            raise SurprisedError("what nobody paid is settled")
    play.stage.done(
        f"on the ledger: declaration 0x{identifier.hex()[:16]}… and a hidden total; not settled"
    )
    return imported


def guarantee_half(treasury: Treasury, imported: Imported) -> None:
    """A bank guarantees half of it; beyond its limit nothing is drawn."""
    play, half = treasury.play, int(imported.assessment.total) // 2
    play.stage.scene("A bank guarantees half of it, and no more")
    notice = GuaranteeNotice(
        number=GUARANTEE,
        kind="general",
        bank="0x" + BANK_VN.id.hex(),
        tax_id=imported.declaration.taxpayer,
        beneficiary=imported.declaration.office or OFFICE,
        declaration_nos=(),
        limit=half,
        currency="VND",
        valid_from=now() - DAY,
        valid_to=now() + 30 * DAY,
        salt=secrets.token_hex(SALT_SIZE),
    )
    granted = treasury.bank.guarantee(notice, treasury.bank.inbox().domain, now())
    treasury.bank.send(granted)
    until(lambda: treasury.bank.item(granted.digest).text("state") == "done")
    play.stage.done(f"{BANK_VN.title} guarantees {half:,} VND for 30 days, under its own key")
    draw(treasury, imported, half)
    until(lambda: covered(treasury, imported) == half)
    play.stage.done("the importer draws on it; customs countersigns over the opened amount")
    beyond = draw(treasury, imported, 1_000)
    until(lambda: handed(treasury, imported, beyond).text("state") == "refused")
    refused = handed(treasury, imported, beyond)
    play.stage.refused(f"1,000 VND beyond its limit: {refused.text('detail')}")
    if treasury.is_settled(imported, BANK_VN):
        raise SurprisedError("half settled the whole")


def covered(treasury: Treasury, imported: Imported) -> int:
    """Return what guarantees cover, as customs has opened it."""
    return treasury.payer.status(imported.number).decimal("covered")


def handed(treasury: Treasury, imported: Imported, digest: str) -> Answer:
    """Return what became of something that the importer handed in."""
    items = treasury.payer.status(imported.number).objects("items")
    return next(item for item in items if item.text("digest") == digest)


def draw(treasury: Treasury, imported: Imported, amount: int) -> str:
    """Ask for a part of the guarantee; return the request's digest."""
    request = DrawRequest(
        number=GUARANTEE,
        bank="0x" + BANK_VN.id.hex(),
        tax_id=imported.declaration.taxpayer,
        declaration_no=imported.number,
        total=amount,
        currency="VND",
        salt=secrets.token_hex(SALT_SIZE),
    )
    asked = treasury.payer.draw(
        request,
        treasury.play.network.payments_key,
        treasury.bank.inbox().domain,
        treasury.play.party(EXPORTER).officer,
        now(),
    )
    return asked.text("digest")


def pay_the_rest(treasury: Treasury, imported: Imported) -> None:
    """Order a payment; a bank that loses and repeats messages pays it exactly once."""
    play, half = treasury.play, int(imported.assessment.total) // 2
    rest = int(imported.assessment.total) - half
    play.stage.scene("The importer pays the rest; its bank loses and repeats messages")
    treasury.payer.order(order(imported, rest))
    play.stage.done(f"the order for {rest:,} VND waits in the bank's inbox")
    told = run_bank(treasury)
    play.stage.done(
        f"the bank, a process of its own, credited it under its key after {told['sent']} messages; "
        "customs countersigned once"
    )
    for member in WATCHING:
        until(lambda: treasury.is_settled(imported, member))  # noqa: B023
        view = play.party(member).client.settlements.find(imported.object)
        paid = Decimal(view.paid_share) / 100
        play.stage.done(f"settled on the node of {member.title}; paid: {paid} % (rounded down)")
    owed = play.party(CUSTOMS_VN).node.debt.account(imported.declaration.taxpayer)
    left = sum(item.owed for item in owed.items.values())
    if left != half:
        raise SurprisedError(f"the debt book says {left} VND, not {half}")
    play.stage.done(f"the taxpayer's debt: {left:,} VND, under guarantee until it is paid")


def order(imported: Imported, amount: int) -> PaymentOrder:
    """Return the payer's order for an amount, the first taxes first."""
    lines, left = [], amount
    for tax in imported.assessment.taxes:
        part = min(left, int(tax.amount))
        if part:
            lines.append(PaymentLine(tax.sub_item, part))
        left -= part
    today = datetime.now(UTC).date().isoformat()
    return PaymentOrder(
        pay_id="NT-000001",
        tax_id=imported.declaration.taxpayer,
        payer="the importer",
        declaration_no=imported.number,
        declaration_date=imported.declaration.registered_at.date().isoformat(),
        customs_code=imported.declaration.office or OFFICE,
        treasury_code=TREASURY,
        chapter=CHAPTER,
        lines=tuple(lines),
        total=amount,
        currency="VND",
        bank="0x" + BANK_VN.id.hex(),
        value_date=today,
        salt=secrets.token_hex(SALT_SIZE),
    )


def order_taxes(treasury: Treasury, number: str, pay_id: str) -> int | bool:
    """Order what a declaration owes, tax by tax; False while nothing is assessed."""
    customs = treasury.play.party(CUSTOMS_VN)
    standing = treasury.payer.status(number)
    missing = standing.decimal("missing")
    if standing.integer("sequence") == 0 or not missing:
        return False
    book = customs.node.debt.account(standing.text("taxpayer"))
    owed: Counter[str] = Counter()
    for each in book.items.values():
        if each.declaration_no == number and each.owed:
            owed[each.sub_item] += int(each.owed)
    if owed.total() != missing:
        return False
    treasury.payer.order(
        PaymentOrder(
            pay_id=pay_id,
            tax_id=standing.text("taxpayer"),
            payer="the importer",
            declaration_no=number,
            declaration_date=datetime.now(UTC).date().isoformat(),
            customs_code=OFFICE,
            treasury_code=TREASURY,
            chapter=CHAPTER,
            lines=tuple(PaymentLine(*each) for each in sorted(owed.items())),
            total=missing,
            currency="VND",
            bank="0x" + BANK_VN.id.hex(),
            value_date=datetime.now(UTC).date().isoformat(),
            salt=secrets.token_hex(SALT_SIZE),
        )
    )
    return missing


def run_bank(treasury: Treasury) -> dict[str, Any]:
    """Let the simulated bank pay what waits in its inbox; return what it did.

    Raises:
        SurprisedError: It did not come to an end.
    """
    play = treasury.play
    keys = play.party(BANK_VN).folder.keys
    with served(play.party(CUSTOMS_VN).app) as url:
        done = subprocess.run(
            [
                *(sys.executable, "-c", "from clients.bank.cli import app; app()", "simulate"),
                *("--door", url, "--customs", "0x" + CUSTOMS_VN.id.hex()),
                *("--organisation", "0x" + BANK_VN.id.hex(), "--key", str(keys / "officer.json")),
                *("--identifier-key", str(keys / "identifiers" / "payments.key")),
                *("--state", str(play.network.folder / "bank.state")),
                *("--seed", "5", "--delay", "1", "--duplicate", "0.5", "--reorder"),
                *("--lose", "0.3", "--tick", "0.1", "--once", "--json"),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=_BANK_SECONDS,
            cwd=Path(__file__).parents[2],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )
    if done.returncode != 0:
        raise SurprisedError(f"the bank did not come to an end: {done.stderr or done.stdout}")
    payments = json.loads(done.stdout)["payments"]
    found: dict[str, Any] = payments[0]
    return found


def example(now: datetime) -> tuple[Declaration, RateTable]:
    """Return the example's import declaration, registered now, with its exchange rates.

    The rates are moved by whole weeks, as they would be had they been published last week.
    """
    content = json.loads(EXAMPLE.read_text())
    registered = datetime.fromisoformat(content["registered_at"])
    moved = content | {
        "number": f"1{secrets.randbelow(10**10):010d}0",
        "registered_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    days = monday(now) - monday(registered)
    table = example_rates()
    quotations = {
        series: {day + days: replace(one, date=day + days) for day, one in found.items()}
        for series, found in table.quotations.items()
    }
    return read(Declaration, moved, ""), replace(table, quotations=quotations)
