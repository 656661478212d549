"""What several certificate commands take: files, numbers, books of openings."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Final, Protocol, TypeVar

import typer
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from clients.sdk.errors import InputError
from clients.sdk.files import read_input, read_private, write_private
from clients.sdk.json_input import parse_json
from clients.sdk.openings import ClaimOpening, LineOpening
from contracts.origin.certificate import CertificateForm, parse_certificate

FORM_LIMIT: Final = 4 << 20
WAIT: Final = 60

Reason = Annotated[str, typer.Option(help="Why; only a salted hash goes to the ledger.")]
Book = Annotated[Path, typer.Option(help="Folder of the openings accepted so far.")]
LineBook = Annotated[Path, typer.Option(help="Folder of the openings of certified lines.")]
Readers = Annotated[
    list[str] | None,
    typer.Option("--reader", help="Organisation that reads it too; give it again for more."),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Keep the document.")]
DocumentKey = Annotated[Path, typer.Option(help="P-256 key file (PEM).")]
IdentifierKeyFile = Annotated[Path, typer.Option(help="Identifier key of the year.")]
IssuerName = Annotated[str, typer.Option(help="The issuing organisation's identifier.")]
FormFile = Annotated[Path, typer.Argument(help="The certificate as JSON.")]
Claim = Annotated[str, typer.Argument(help="The claim's digest.")]
JsonFile = Annotated[Path, typer.Argument(help="A JSON file; it is sealed for its readers.")]

_Opening = TypeVar("_Opening", ClaimOpening, LineOpening)


class _Kept(Protocol):
    """An opening that a book keeps."""

    def to_bytes(self) -> bytes:
        """Return the file."""
        ...


def read_form(path: Path) -> CertificateForm:
    """Return the certificate of a JSON file.

    Raises:
        InputError: It is no JSON.
        FormError: It breaks a rule of its form.
    """
    return parse_certificate(read_json(path))


def read_json(path: Path) -> object:
    """Return the value of a JSON file.

    Raises:
        InputError: It cannot be read, or is no JSON.
    """
    try:
        return parse_json(read_input(path, FORM_LIMIT))
    except ValueError as error:
        raise InputError(str(path), "it is no JSON") from error


def read_content(path: Path) -> bytes:
    """Return the bytes of a JSON file, which are sealed as they are.

    Raises:
        InputError: It cannot be read, or is no JSON.
    """
    read_json(path)
    return read_input(path, FORM_LIMIT)


def read_public_key(path: Path) -> ec.EllipticCurvePublicKey:
    """Return the P-256 public key of a PEM file.

    Raises:
        InputError: It holds none.
    """
    try:
        key = load_pem_public_key(read_input(path, FORM_LIMIT))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InputError(str(path), "it is no public key in PEM") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise InputError(str(path), "it holds no P-256 key")
    return key


def quantity_of(text: str) -> Decimal:
    """Return a quantity.

    Raises:
        InputError: It is no decimal number.
    """
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise InputError("quantity", f"{text[:40]!r} is no decimal number") from error


def whole_of(form: CertificateForm, number: int) -> Decimal:
    """Return the quantity of one item.

    Raises:
        InputError: The certificate has no such item.
    """
    for item in form.items:
        if item.item_no == number:
            return item.quantity.value
    raise InputError("opening", f"the certificate has no item {number}")


def read_book(book: Path) -> list[ClaimOpening]:
    """Return the openings of claims and draws in a folder."""
    return _read(book, ClaimOpening)


def read_line_book(book: Path) -> list[LineOpening]:
    """Return the openings of certified lines in a folder."""
    return _read(book, LineOpening)


def keep(book: Path, name: bytes, opening: _Kept) -> None:
    """Write an opening into a folder, named by its record; durable on return.

    Raises:
        InputError: The folder cannot be made.
        KeyFileError: The disk refused.
    """
    try:
        book.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(str(book), error.strerror or str(error)) from error
    write_private(book / f"{name.hex()}.json", opening.to_bytes(), replace=True)


def _read(book: Path, kind: type[_Opening]) -> list[_Opening]:
    paths: Sequence[Path] = sorted(book.glob("*.json"))
    return [kind.parse(read_private(path), str(path)) for path in paths]
