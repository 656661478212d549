"""Commands about claims: accept, reject, reverse, doubt, verify."""

import os
from pathlib import Path
from typing import Annotated

import typer

from clients.cli.certificate_options import (
    WAIT,
    Book,
    Claim,
    JsonFile,
    Readers,
    Reason,
    keep,
    read_book,
    read_content,
    whole_of,
)
from clients.cli.session import (
    URL_DEFAULT,
    AsJson,
    Identifier,
    KeyFile,
    Url,
    Wait,
    answer,
    failing_plainly,
    follow,
    now,
    open_client,
    parse_identifier,
)
from clients.sdk.errors import InputError
from clients.sdk.files import load_password, read_input
from clients.sdk.keystore import load_signing_key
from clients.sdk.openings import SIZE_LIMIT, ClaimOpening
from contracts.origin.records import VerificationKind

commands = typer.Typer()

Opening = Annotated[Path, typer.Argument(help="The claim's opening, from the declarant.")]
_STEPS = {kind.name.lower().replace("_", "-"): kind for kind in VerificationKind}


@commands.command()
def accept(
    opening: Opening,
    *,
    book: Book,
    key: KeyFile,
    wait: Wait = WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Accept a claim as importing customs, which has opened and checked it."""
    with failing_plainly(as_json=as_json), open_client(url) as client:
        officer = load_signing_key(key, load_password(os.environ))
        wanted = ClaimOpening.parse(read_input(opening, SIZE_LIMIT), str(opening))
        whole = whole_of(client.origin.form(wanted.certificate, now()), wanted.item)
        before = [known for known in read_book(book) if known.claim != wanted.claim]
        keep(book, wanted.claim, wanted)  # counted once the ledger has accepted it
        signed = client.origin.accept(wanted, before, whole, officer, now())
        state = follow(client, signed.digest, wait, as_json=as_json)
        answer({"claim": "0x" + wanted.claim.hex(), **state}, as_json=as_json)


@commands.command()
def reject(
    certificate: Identifier,
    claim: Claim,
    *,
    reason: Reason,
    book: Annotated[
        Path | None, typer.Option(help="Folder of openings: to reject what was accepted.")
    ] = None,
    key: KeyFile,
    wait: Wait = WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Reject a claim as importing customs; with --book one that was accepted, restoring it."""
    identifier, digest = parse_identifier(certificate), parse_identifier(claim)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        officer = load_signing_key(key, load_password(os.environ))
        if book is None:
            decision = client.origin.reject(identifier, digest, reason, officer, now())
        else:
            known = read_book(book)
            opened = [opening for opening in known if opening.claim == digest]
            if not opened:
                raise InputError(str(book), "it holds no opening of this claim")
            whole = whole_of(client.origin.form(identifier, now()), opened[0].item)
            decision = client.origin.reverse(
                opened[0], known, whole, reason=reason, key=officer, now=now()
            )
        state = follow(client, decision.signed.digest, wait, as_json=as_json)
        answer({"salt": decision.salt.hex(), **state}, as_json=as_json)


@commands.command()
def doubt(
    certificate: Identifier,
    claim: Claim,
    file: JsonFile,
    *,
    reader: Readers = None,
    key: KeyFile,
    wait: Wait = WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Ask the issuing side to verify what a claim rests on; the agreement sets the deadlines."""
    identifier, digest = parse_identifier(certificate), parse_identifier(claim)
    readers = None if not reader else [parse_identifier(text) for text in reader]
    with failing_plainly(as_json=as_json), open_client(url) as client:
        officer = load_signing_key(key, load_password(os.environ))
        handed = client.origin.doubt(
            identifier, digest, read_content(file), officer, now(), readers=readers
        )
        state = follow(client, handed.signed.digest, wait, as_json=as_json)
        answer({"manifest": str(handed.stored.manifest), **state}, as_json=as_json)


@commands.command()
def verification(
    certificate: Identifier,
    claim: Claim,
    step: Annotated[str, typer.Argument(help=f"One of {', '.join(_STEPS)}.")],
    file: JsonFile,
    *,
    reader: Readers = None,
    key: KeyFile,
    wait: Wait = WAIT,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Take the next step of a verification, as the issuing authority or importing customs."""
    identifier, digest = parse_identifier(certificate), parse_identifier(claim)
    readers = [parse_identifier(text) for text in reader or ()]
    with failing_plainly(as_json=as_json), open_client(url) as client:
        kind = _STEPS.get(step)
        if kind is None:
            raise InputError("step", f"give one of {', '.join(_STEPS)}")
        officer, at = load_signing_key(key, load_password(os.environ)), now()
        notice = kind is VerificationKind.VISIT_NOTICE
        handed = client.origin.step_verification(
            identifier,
            digest,
            kind,
            officer,
            at,
            content=read_content(file),
            readers=readers,
            reply_by=client.origin.certificate(identifier).consent_by(at) if notice else 0,
        )
        state = follow(client, handed.signed.digest, wait, as_json=as_json)
        answer({"manifest": str(handed.stored.manifest), **state}, as_json=as_json)
