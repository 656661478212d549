"""Departures from what the rules say: one officer asks, another approves."""

from collections.abc import Mapping
from typing import Any

from clients.sdk.answers import Answer
from clients.sdk.clearance.desk import LIFETIME_SECONDS, Desk, Stated, ascii_code
from clients.sdk.connection import Connection
from clients.sdk.errors import InputError
from clients.sdk.keystore import SigningKey
from contracts.clearance.identifiers import rates_id
from contracts.clearance.records import (
    Approval,
    Channel,
    CheckKind,
    OverrideAsk,
    OverrideKind,
    RatesSet,
)
from contracts.clearance.state import pack_rates


class Overrides:
    """Overrides, and rates of inspection, of one customs."""

    def __init__(self, connection: Connection, desk: Desk) -> None:
        """Use a connection with customs' token."""
        self._connection = connection
        self._desk = desk

    def propose_channel(
        self,
        name: str,
        channel: Channel,
        reason: str,
        statement: Mapping[str, Any],
        key: SigningKey,
    ) -> Stated:
        """Ask for a milder channel; the contract refuses one that is milder than the draw."""
        return self._propose(name, OverrideKind.CHANNEL, (channel, None), (reason, statement), key)

    def propose_waiver(
        self, name: str, fact: bytes, reason: str, statement: Mapping[str, Any], key: SigningKey
    ) -> Stated:
        """Ask that an awaited fact be waived."""
        return self._propose(name, OverrideKind.FACT, (0, fact), (reason, statement), key)

    def propose_check(
        self,
        name: str,
        check: CheckKind,
        reason: str,
        statement: Mapping[str, Any],
        key: SigningKey,
    ) -> Stated:
        """Ask that the finding of a check be set aside."""
        return self._propose(name, OverrideKind.CHECK, (check, None), (reason, statement), key)

    def find(self, name: str, subject: bytes) -> Answer:
        """Return an override of a declaration by the digest of its request.

        Raises:
            InputError: The declaration has none of this digest.
        """
        wanted = "0x" + subject.hex()
        for found in self._desk.standing(name).objects("overrides"):
            if found.text("digest") == wanted:
                return found
        raise InputError(wanted, "is no override of this declaration; see its overrides")

    def approve(self, name: str, subject: bytes, key: SigningKey) -> Stated:
        """Approve what another officer asked for; it holds at once.

        Args:
            name: The declaration's number or identifier.
            subject: Digest of the request.
            key: Another officer's key.

        Raises:
            InputError: The declaration has no such request.
        """
        asked = self.find(name, subject)
        return self._approve(asked.bytes32("declaration"), subject, key)

    def set_rates(self, country: str, rates: tuple[int, ...], key: SigningKey) -> Stated:
        """Ask for other rates at which declarations of each rank are drawn.

        Args:
            country: ISO 3166 alpha-2.
            rates: In 1/1,000,000, rank 1 first; nine.
            key: An officer's key.

        Raises:
            InputError: There are not nine, or one is beyond certainty.
        """
        try:
            packed = pack_rates(rates)
        except ValueError as error:
            raise InputError("rates", str(error)) from error
        now = self._desk.now()
        record = RatesSet(rates_id(country), packed, now, now + LIFETIME_SECONDS)
        return self._desk.hand_over(record, key)

    def approve_rates(self, country: str, subject: bytes, key: SigningKey) -> Stated:
        """Approve rates that another officer asked for."""
        return self._approve(rates_id(country), subject, key)

    def _propose(
        self,
        name: str,
        kind: OverrideKind,
        what: tuple[int, bytes | None],
        why: tuple[str, Mapping[str, Any]],
        key: SigningKey,
    ) -> Stated:
        standing = self._desk.standing(name)
        (value, fact), (reason, statement) = what, why
        code = ascii_code(reason)
        content = self._desk.keep(name, "override", statement).content
        now = self._desk.now()
        record = OverrideAsk(
            standing.bytes32("object"),
            standing.integer("amendment"),
            kind,
            value,
            fact or bytes(32),
            code,
            content,
            now,
            now + LIFETIME_SECONDS,
        )
        return self._desk.hand_over(record, key, content)

    def _approve(self, target: bytes, subject: bytes, key: SigningKey) -> Stated:
        now = self._desk.now()
        record = Approval(target, subject, now, now + LIFETIME_SECONDS)
        return self._desk.hand_over(record, key)
