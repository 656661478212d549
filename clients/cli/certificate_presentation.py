"""Commands of holders: show chosen fields of a certificate, and check what others show."""

import os
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from clients.cli.certificate_page import certificate_page
from clients.cli.certificate_reading import ledger_view
from clients.cli.session import (
    URL_DEFAULT,
    AsJson,
    Identifier,
    Url,
    answer,
    failing_plainly,
    now,
    open_client,
    parse_identifier,
)
from clients.sdk.errors import InputError
from clients.sdk.files import load_password, read_input, write_private
from clients.sdk.keystore import load_document_key
from contracts.documents.key_binding import KeyBinding
from contracts.documents.sd_jwt import SIZE_LIMIT, bind_sd_jwt, present_sd_jwt

commands = typer.Typer()

_MARK: Final = "."

Audience = Annotated[
    str | None, typer.Option(help="The verifier's name, where it asks for the holder's signature.")
]
Nonce = Annotated[str | None, typer.Option(help="What the verifier chose for this presentation.")]


@commands.command()
def present(
    certificate: Identifier,
    *,
    show: Annotated[
        list[str],
        typer.Option(help="A field to show, such as exporter or items.0.hs_code; again for more."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The presentation.")],
    document: Annotated[
        Path | None, typer.Option(help="The document; your door's if left out.")
    ] = None,
    holder_key: Annotated[
        Path | None, typer.Option(help="Your P-256 key that the document names: to bind it.")
    ] = None,
    audience: Audience = None,
    nonce: Nonce = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Show chosen fields of a certificate, and nothing else; it still verifies."""
    identifier = parse_identifier(certificate)
    with failing_plainly(as_json=as_json), open_client(url) as client:
        binding = _binding(audience, nonce)
        if (binding is None) != (holder_key is None):
            raise InputError("--holder-key", "give it with --audience and --nonce, or none")
        if document is None:
            digest = client.origin.certificate(identifier).document
            full = client.documents.get(digest, "presentation")
        else:
            full = _read(document)
        chosen = present_sd_jwt(full, [parse_path(text) for text in show])
        if binding is not None and holder_key is not None:
            key = load_document_key(holder_key, load_password(os.environ))
            chosen = bind_sd_jwt(chosen, key, binding.audience, binding.nonce, binding.now)
        write_private(output, chosen.encode(), replace=True)
        answer({"file": str(output), "shown": show}, as_json=as_json)


@commands.command()
def verify_presentation(
    file: Annotated[Path, typer.Argument(help="The presentation.")],
    *,
    audience: Audience = None,
    nonce: Nonce = None,
    url: Url = URL_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Check a presentation against its certificate as your door tells it, and show it.

    Your door must see the certificate. To trust no door, verify a bundle: `tradeseal verify`.
    """
    with failing_plainly(as_json=as_json), open_client(url) as client:
        binding = _binding(audience, nonce)
        verified, view = client.origin.verify_presentation(_read(file), now(), binding)
        if as_json:
            told = {
                "certificate": "0x" + view.id.hex(),
                "status": view.status,
                "shown": verified.claims,
                "hidden": verified.hidden,
                "bound": verified.is_bound,
            }
            answer(told, as_json=True)
            return
    page = certificate_page(verified.claims, ledger_view(view, now()), verified.hidden)
    Console().print(page)


def parse_path(text: str) -> tuple[str | int, ...]:
    """Return where a field stands: "items.0.hs_code" names a field of the first item."""
    return tuple(
        int(part) if part.isascii() and part.isdigit() else part for part in text.split(_MARK)
    )


def _binding(audience: str | None, nonce: str | None) -> KeyBinding | None:
    if (audience is None) != (nonce is None):
        raise InputError("key binding", "give --audience and --nonce, or neither")
    if audience is None or nonce is None:
        return None
    return KeyBinding(audience, nonce, now())


def _read(path: Path) -> str:
    try:
        return read_input(path, SIZE_LIMIT).decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise InputError(str(path), "it is no SD-JWT") from error
