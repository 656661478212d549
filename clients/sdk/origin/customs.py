"""What customs does: certify export lines; receive, accept, reject, doubt, consent."""

import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from clients.sdk.answers import Answer
from clients.sdk.errors import ServerRefusedError
from clients.sdk.keystore import SigningKey
from clients.sdk.membership import pages
from clients.sdk.openings import ClaimOpening, LineOpening, counted, lines_counted, total
from clients.sdk.origin.desk import (
    LIFETIME_SECONDS,
    NONE,
    Decision,
    Desk,
    Handed,
    content_hash,
    new_reason,
)
from clients.sdk.views import ItemView, LineView
from contracts.commitments.curve import ORDER
from contracts.commitments.pedersen import Opening, commit, verify_opening
from contracts.issuance.records import LineCertify, LineRelease
from contracts.origin.drawdown import scaled_quantity, share_of
from contracts.origin.records import (
    ClaimAccept,
    ClaimDoubt,
    ClaimReject,
    ClaimReverse,
    MessageKind,
)
from contracts.records.signed import SignedRecord


@dataclass(frozen=True, slots=True)
class LinePart:
    """The part of an export line that an item is to be certified from.

    Attributes:
        line: Keyed hash of the export declaration and its line.
        certificate: The certificate's identifier.
        item: Item number, from 1.
        quantity: The part, in the line's unit.
        whole: The line's quantity.
    """

    line: bytes
    certificate: bytes
    item: int
    quantity: Decimal
    whole: Decimal


class Customs(Desk):
    """What is signed by customs."""

    # Exporting

    def line(self, line: bytes) -> LineView:
        """Return how far an export line is certified; untouched where nothing is."""
        try:
            return LineView.read(self._connection.get(f"/v1/issuance/lines/0x{line.hex()}"))
        except ServerRefusedError as error:
            if error.code != "line_unknown":
                raise
        return LineView.untouched()

    def certified_lines(self, certificate: bytes) -> list[Answer]:
        """Return the lines certified for a certificate, issued or not."""
        path = f"/v1/issuance/certificates/0x{certificate.hex()}/lines"
        return self._connection.get(path).objects("items")

    def certify_line(
        self, part: LinePart, certified: Sequence[LineOpening], key: SigningKey, now: int
    ) -> LineOpening:
        """Certify part of an export line; return its opening, which the next part needs.

        Args:
            part: What is certified.
            certified: Openings of the parts certified before, of any line.
            key: The customs officer's key.
            now: Seconds since 1970.

        Raises:
            CommitmentError: An opening of a part certified before is missing.
            DrawdownError: The quantities cannot make a share.
        """
        signed, opening = self.prepare_line(part, certified, key, now)
        self._records.submit(signed)
        return opening

    def prepare_line(
        self, part: LinePart, certified: Sequence[LineOpening], key: SigningKey, now: int
    ) -> tuple[SignedRecord, LineOpening]:
        """Make and sign as `certify_line` does; nothing is sent, so the opening can be kept."""
        state, before = self._line_before(part.line, certified)
        quantity = Opening(scaled_quantity(part.quantity), secrets.randbelow(ORDER))
        after = before + quantity
        record = LineCertify(
            object=part.line,
            certificate=part.certificate,
            item=part.item,
            share_before=state.share,
            share_after=share_of(after.value, scaled_quantity(part.whole)),
            commitment_x=commit(after).x,
            commitment_y=commit(after).y,
            quantity_x=commit(quantity).x,
            quantity_y=commit(quantity).y,
            certified_at=now,
            expires=now + LIFETIME_SECONDS,
        )
        signed = self._records.sign(record, key, self._records.ledger())
        opening = LineOpening(part.line, part.certificate, signed.digest, part.item, quantity)
        return signed, opening

    def release_line(
        self,
        part: LineOpening,
        certified: Sequence[LineOpening],
        whole: Decimal,
        key: SigningKey,
        now: int,
    ) -> SignedRecord:
        """Give an item's part of a line back.

        Args:
            part: The part's opening.
            certified: Openings of all parts of the line, this one among them.
            whole: The line's quantity.
            key: The customs officer's key.
            now: Seconds since 1970.

        Raises:
            CommitmentError: An opening is missing.
        """
        state, before = self._line_before(part.line, certified)
        after = before - part.opening
        record = LineRelease(
            object=part.line,
            certificate=part.certificate,
            item=part.item,
            share_before=state.share,
            share_after=share_of(after.value, scaled_quantity(whole)),
            commitment_x=commit(after).x,
            commitment_y=commit(after).y,
            released_at=now,
            expires=now + LIFETIME_SECONDS,
        )
        return self._submit(record, key)

    def _line_before(
        self, line: bytes, certified: Sequence[LineOpening]
    ) -> tuple[LineView, Opening]:
        state = self.line(line)
        before = total(lines_counted(state, line, certified))
        verify_opening(state.commitment, before)
        return state, before

    # Receiving

    def inbox(self, box: str = "waiting") -> Iterator[Answer]:
        """Yield certificates that were sent to this country: waiting, received or failed."""
        yield from pages(self._connection, "/v1/exchange/inbox", box=box)

    def sent(self, state: str | None = None) -> Iterator[Answer]:
        """Yield this country's certificates, with what the other side said of refused ones."""
        parameters = {} if state is None else {"state": state}
        yield from pages(self._connection, "/v1/exchange/outbox", **parameters)

    def receive(self, certificate: bytes, key: SigningKey, now: int) -> SignedRecord:
        """State by hand that a certificate was received; a node with a clerk does it itself."""
        return self.tell(certificate, MessageKind.RECEIVE, key, now)

    def receive_paper(self, certificate: bytes, key: SigningKey, now: int) -> SignedRecord:
        """State that a certificate came on paper, because the exchange failed."""
        return self.tell(certificate, MessageKind.PAPER, key, now)

    def refuse_message(
        self, certificate: bytes, codes: Sequence[str], key: SigningKey, now: int
    ) -> Decision:
        """Refuse a transmission by hand with error codes, which stay off the ledger."""
        salt, reason_hash = new_reason(",".join(codes))
        signed = self.tell(certificate, MessageKind.REFUSE, key, now, reason=reason_hash)
        return Decision(signed, salt)

    def consent(self, certificate: bytes, key: SigningKey, now: int) -> SignedRecord:
        """Consent to the issuer's withdrawing a certificate that is drawn."""
        return self.tell(certificate, MessageKind.CONSENT, key, now)

    # Deciding

    def accept(
        self,
        claim: ClaimOpening,
        accepted: Sequence[ClaimOpening],
        whole: Decimal,
        key: SigningKey,
        now: int,
    ) -> SignedRecord:
        """Accept a claim as importing customs.

        Args:
            claim: The claim's opening, from the declarant.
            accepted: Openings of the claims accepted before, of any item.
            whole: The item's quantity in the certificate.
            key: The customs officer's key.
            now: Seconds since 1970.

        Raises:
            CommitmentError: An opening is not the claim's, or one accepted before is missing.
            DrawdownError: The quantities cannot make a share.
            InputError: The certificate has no such claim.
        """
        state, before = self._item_before(claim, accepted)
        after = before + claim.opening
        record = ClaimAccept(
            object=claim.certificate,
            claim=claim.claim,
            share_before=state.share,
            share_after=share_of(after.value, scaled_quantity(whole)),
            commitment_x=commit(after).x,
            commitment_y=commit(after).y,
            accepted_at=now,
            expires=now + LIFETIME_SECONDS,
        )
        return self._submit(record, key)

    def reverse(
        self,
        claim: ClaimOpening,
        accepted: Sequence[ClaimOpening],
        whole: Decimal,
        *,
        reason: str,
        key: SigningKey,
        now: int,
    ) -> Decision:
        """Reject a claim that was accepted, and restore its part.

        Args:
            claim: The claim's opening.
            accepted: Openings of all accepted claims, this one among them.
            whole: The item's quantity in the certificate.
            reason: Why; only a salted hash goes to the ledger.
            key: The customs officer's key.
            now: Seconds since 1970.

        Raises:
            CommitmentError: An opening is missing.
            InputError: The certificate has no such claim.
        """
        state, before = self._item_before(claim, accepted)
        after = before - claim.opening
        salt, reason_hash = new_reason(reason)
        record = ClaimReverse(
            object=claim.certificate,
            claim=claim.claim,
            share_before=state.share,
            share_after=share_of(after.value, scaled_quantity(whole)),
            commitment_x=commit(after).x,
            commitment_y=commit(after).y,
            reason=reason_hash,
            rejected_at=now,
            expires=now + LIFETIME_SECONDS,
        )
        return Decision(self._submit(record, key), salt)

    def reject(
        self, certificate: bytes, claim: bytes, reason: str, key: SigningKey, now: int
    ) -> Decision:
        """Reject a pending claim as importing customs; the reason stays off the ledger."""
        salt, reason_hash = new_reason(reason)
        record = ClaimReject(certificate, claim, reason_hash, now, now + LIFETIME_SECONDS)
        return Decision(self._submit(record, key), salt)

    def doubt(
        self,
        certificate: bytes,
        claim: bytes,
        content: bytes,
        key: SigningKey,
        now: int,
        *,
        readers: Collection[bytes] | None = None,
        deadlines: tuple[int, int] | None = None,
    ) -> Handed:
        """Ask the issuing side to verify what a claim rests on.

        Args:
            certificate: The certificate's identifier.
            claim: Digest of the claim, pending or accepted.
            content: The request: JSON.
            key: The customs officer's key.
            now: Seconds since 1970; deadlines count from it.
            readers: Who reads the request; the issuer if left out.
            deadlines: Reply by, conclude by; those of the form's agreement if left out.

        Raises:
            AnswerError: The door knows no deadlines for the form; name them.
        """
        view = self.certificate(certificate)
        reply_by, conclude_by = deadlines or view.deadlines(now)
        record = ClaimDoubt(
            object=certificate,
            claim=claim,
            reason=NONE,
            document=content_hash(content),
            reply_by=reply_by,
            conclude_by=conclude_by,
            doubted_at=now,
            expires=now + LIFETIME_SECONDS,
        )
        return self._hand(record, key, content, [view.issuer] if readers is None else readers)

    def _item_before(
        self, claim: ClaimOpening, accepted: Sequence[ClaimOpening]
    ) -> tuple[ItemView, Opening]:
        view = self.certificate(claim.certificate)
        verify_opening(view.claim(claim.claim).commitment, claim.opening)
        before = total(counted(view, accepted, claim.item))
        state = view.items.get(claim.item, ItemView.untouched())
        verify_opening(state.commitment, before)
        return state, before
