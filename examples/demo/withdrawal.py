"""What ends: a certificate is cancelled, a document is erased, and neither can be hidden."""

from __future__ import annotations

import time
from dataclasses import replace
from decimal import Decimal

from clients.sdk.errors import ServerRefusedError
from clients.sdk.origin import IssuedCertificate
from examples.demo.network import AUTHORITY, CUSTOMS_ID
from examples.demo.play import Play, now
from examples.demo.stage import SurprisedError, until

FIRST_LINE = 200


def cancel(play: Play) -> None:
    """A certificate is cancelled; an earlier proof cannot hide it."""
    play.stage.scene("A second certificate is cancelled, and an earlier proof cannot hide it")
    authority, customs = play.party(AUTHORITY), play.party(CUSTOMS_ID)
    form = replace(play.form, reference_no=play.form.reference_no[:33] + "-B")
    certificate = authority.client.origin.identifier(form, authority.identifier_key)
    play.countersign(form, certificate, first_line=FIRST_LINE)
    issued = play.issue(form, AUTHORITY, CUSTOMS_ID)
    earlier = play.bundle(issued.id, "before-cancellation.json")
    play.expect(earlier, 0, "valid")
    play.stage.done("its proof, made and checked before: valid")
    decision = authority.client.origin.cancel(
        issued.id, "issued in error", authority.officer, now()
    )
    authority.client.records.follow(decision.signed.digest)
    play.stage.done("the authority cancels it")
    opening = play.submit_claim(customs, issued.id, Decimal(1))
    play.expect_refusal(customs, opening.claim, "a claim on it")
    # "now" is taken in whole seconds, so an age of more than one takes up to two to show
    time.sleep(max(0.0, 2.2 - (time.time() - earlier.stat().st_mtime)))
    result = play.expect(earlier, 2, "undetermined", "--max-age", "1s")
    play.stage.doubtful(f"the earlier proof, asked for now: {result.reason}")
    until(lambda: customs.client.origin.certificate(issued.id).status == "cancelled")
    later = play.bundle(issued.id, "after-cancellation.json")
    play.stage.refused(f"a proof made now: {play.expect(later, 1, 'invalid').reason}")


def erase(play: Play, issued: IssuedCertificate) -> None:
    """The document is legally erased everywhere; the ledger says so, and stays verifiable."""
    play.stage.scene("The document is erased by law; the ledger says so, and still verifies")
    authority = play.party(AUTHORITY)
    statement = authority.client.origin.state_erasure(issued.id, authority.officer, now())
    authority.client.records.follow(statement.digest)
    for member in (AUTHORITY, CUSTOMS_ID):  # who hold it; the exporter has its own file
        client = play.party(member).client
        until(lambda client=client: client.origin.certificate(issued.id))  # type: ignore[misc]
        client.origin.erase(issued.id)
    try:
        authority.client.origin.form(issued.id, now())
    except ServerRefusedError as refused:
        play.stage.refused(f"reading it: {refused.detail}")
    else:
        raise SurprisedError("the erased document can still be read")
    path = play.bundle(issued.id, "erased.json")
    result = play.expect(path, 2, "undetermined")
    play.stage.doubtful(f"the history still proves, the content no more: {result.reason}")
