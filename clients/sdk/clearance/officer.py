"""What customs' officers do about declarations: queues, checks, holds, grants."""

from collections.abc import Iterator, Mapping
from typing import Any

from clients.sdk.answers import Answer
from clients.sdk.clearance.desk import LIFETIME_SECONDS, PATH, Desk, Stated, ascii_code
from clients.sdk.clearance.evidence import Taken, link_evidence
from clients.sdk.connection import Connection
from clients.sdk.keystore import SigningKey
from clients.sdk.membership import pages
from contracts.clearance.identifiers import fact_id
from contracts.clearance.records import (
    CheckKind,
    CheckOutcome,
    CheckReport,
    ClearanceGrant,
    DeclarationCancel,
    FactAwait,
    FactKind,
    GrantKind,
    HoldKind,
    HoldPost,
)


class Officer:
    """Declarations at customs' own desk; each deed is a record that the officer's key signs."""

    def __init__(self, connection: Connection, desk: Desk) -> None:
        """Use a connection with customs' token."""
        self._connection = connection
        self._desk = desk

    def queue(
        self, channel: str | None = None, office: str | None = None, stage: str | None = None
    ) -> Iterator[Answer]:
        """Yield declarations, the first registered first.

        Args:
            channel: green, yellow or red; all where left out.
            office: Code of a customs office.
            stage: Such as "channelled".
        """
        asked = {"channel": channel, "office": office, "stage": stage}
        chosen = {name: value for name, value in asked.items() if value is not None}
        yield from pages(self._connection, f"{PATH}/declarations", **chosen)

    def show(self, name: str) -> Answer:
        """Tell how a declaration stands, and what it waits for."""
        return self._desk.standing(name)

    def papers(self, name: str) -> list[Answer]:
        """Return the documents behind a declaration's records, the oldest first."""
        return self._connection.get(f"{PATH}/declarations/{name}/papers").objects("items")

    def ask(self, name: str, document: Mapping[str, Any]) -> bytes:
        """Ask the declarant something; return the question's digest."""
        return self._desk.keep(name, "question", document).content

    def check_documents(
        self,
        name: str,
        outcome: CheckOutcome,
        report: Mapping[str, Any],
        key: SigningKey,
        *,
        amendment: int | None = None,
    ) -> Stated:
        """Report what a check of documents found; see `check`."""
        return self.check(name, CheckKind.DOCUMENTS, outcome, report, key, amendment=amendment)

    def inspect(
        self,
        name: str,
        outcome: CheckOutcome,
        report: Mapping[str, Any],
        key: SigningKey,
        *,
        amendment: int | None = None,
    ) -> Stated:
        """Report what an inspection of goods found; see `check`."""
        return self.check(name, CheckKind.INSPECTION, outcome, report, key, amendment=amendment)

    def check(
        self,
        name: str,
        kind: CheckKind,
        outcome: CheckOutcome,
        report: Mapping[str, Any],
        key: SigningKey,
        *,
        amendment: int | None = None,
    ) -> Stated:
        """Report a check: the report is kept, the record commits to it.

        Args:
            name: The declaration's number or identifier.
            kind: What was checked.
            outcome: What was found.
            report: The report: JSON, numbers whole.
            key: The officer's key.
            amendment: The amendment count that was checked; the latest where left out.
        """
        standing = self._desk.standing(name)
        checked = standing.integer("amendment") if amendment is None else amendment
        content = self._desk.keep(name, kind.name.lower(), report).content
        now = self._desk.now()
        record = CheckReport(
            standing.bytes32("object"),
            checked,
            kind,
            outcome,
            content,
            now,
            now + LIFETIME_SECONDS,
        )
        return self._desk.hand_over(record, key, content)

    def hold(self, name: str, reason: str, key: SigningKey) -> Stated:
        """Hold a declaration for a reason, such as "IPR"; goods then neither leave nor clear."""
        return self._post_hold(name, HoldKind.PLACE, reason, key)

    def lift(self, name: str, reason: str, key: SigningKey) -> Stated:
        """Lift the hold of a reason."""
        return self._post_hold(name, HoldKind.LIFT, reason, key)

    def seize(self, name: str, reason: str, key: SigningKey) -> Stated:
        """Seize the goods: the declaration's end."""
        return self._post_hold(name, HoldKind.SEIZE, reason, key)

    def cancel(self, name: str, reason: str, key: SigningKey) -> Stated:
        """Cancel a declaration whose goods have not left."""
        now = self._desk.now()
        record = DeclarationCancel(
            self._desk.object_of(name), ascii_code(reason), now, now + LIFETIME_SECONDS
        )
        return self._desk.hand_over(record, key)

    def store(self, name: str, key: SigningKey) -> Stated:
        """Let goods be brought to storage."""
        return self._grant(name, GrantKind.STORE, key)

    def release(self, name: str, key: SigningKey) -> Stated:
        """Release goods."""
        return self._grant(name, GrantKind.RELEASE, key)

    def clear(self, name: str, key: SigningKey) -> Stated:
        """Clear goods; the office does it by itself as soon as nothing is missing."""
        return self._grant(name, GrantKind.CLEAR, key)

    def await_fact(
        self,
        name: str,
        kind: FactKind,
        reference: str,
        agency: bytes,
        key: SigningKey,
        *,
        due_at: int,
    ) -> Stated:
        """Let clearance wait for a fact that an agency states.

        Args:
            name: The declaration's number or identifier.
            kind: What the fact is about.
            reference: What is asked for, such as a sample's number.
            agency: Organisation that states it, 32 bytes.
            key: The officer's key.
            due_at: When it is to be stated, seconds.
        """
        declaration, now = self._desk.object_of(name), self._desk.now()
        fact = fact_id(declaration, kind, reference)
        record = FactAwait(declaration, fact, kind, agency, due_at, now, now + LIFETIME_SECONDS)
        return self._desk.hand_over(record, key)

    def evidence(self, name: str, file: bytes, taken: Taken, key: SigningKey) -> Stated:
        """Link an image, a weight ticket or a laboratory sheet to a declaration."""
        return link_evidence(self._desk, name, file, taken, key)

    def _post_hold(self, name: str, kind: HoldKind, reason: str, key: SigningKey) -> Stated:
        now = self._desk.now()
        record = HoldPost(
            self._desk.object_of(name), kind, ascii_code(reason), now, now + LIFETIME_SECONDS
        )
        return self._desk.hand_over(record, key)

    def _grant(self, name: str, kind: GrantKind, key: SigningKey) -> Stated:
        standing, now = self._desk.standing(name), self._desk.now()
        record = ClearanceGrant(
            standing.bytes32("object"),
            kind,
            standing.integer("amendment"),
            now,
            now + LIFETIME_SECONDS,
        )
        return self._desk.hand_over(record, key)
