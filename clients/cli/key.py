"""`tradeseal key`: make and show the keys that a client signs with.

Exit codes: 0 done; 64 unusable input, such as a file that exists already.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from clients.cli.session import AsJson, answer, failing_plainly
from clients.sdk.files import load_password
from clients.sdk.keystore import (
    DEMONSTRATION,
    STRONG,
    create_document_key,
    create_encryption_key,
    create_identifier_key,
    create_signing_key,
    load_document_key,
    load_signing_key,
)
from contracts.documents.x509 import document_key_id, public_key_info
from contracts.origin.identifiers import key_commitment

app = typer.Typer(name="key", help="Keys that sign records and documents.", no_args_is_help=True)
NewFile = Annotated[Path, typer.Argument(help="The new file; never overwritten.")]


@app.command()
def new(
    file: NewFile,
    *,
    weak: Annotated[
        bool, typer.Option(help="Cheap password hashing, for demonstrations only.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a key that signs records, in a Web3 keystore file."""
    with failing_plainly(as_json=as_json):
        password = load_password(os.environ)
        key = create_signing_key(file, password, DEMONSTRATION if weak else STRONG)
        result = {"address": "0x" + key.address.hex(), "key_id": "0x" + key.key_id.hex()}
        answer({"file": str(file), **result}, as_json=as_json)


@app.command()
def document(file: NewFile, *, as_json: AsJson = False) -> None:
    """Make a P-256 key that signs documents."""
    with failing_plainly(as_json=as_json):
        key = create_document_key(file, load_password(os.environ)).public_key()
        result = {
            "key_id": "0x" + document_key_id(key).hex(),
            "material": "0x" + public_key_info(key).hex(),
        }
        answer({"file": str(file), **result}, as_json=as_json)


@app.command()
def encryption(file: NewFile, *, as_json: AsJson = False) -> None:
    """Make a key that documents are sealed for (ML-KEM-768 and X25519)."""
    with failing_plainly(as_json=as_json):
        key = create_encryption_key(file, load_password(os.environ))
        result = {"key_id": "0x" + key.key_id.hex(), "material": "0x" + key.material.hex()}
        answer({"file": str(file), **result}, as_json=as_json)


@app.command()
def identifier(file: NewFile, *, as_json: AsJson = False) -> None:
    """Make an identifier key, under which numbers become identifiers on the ledger."""
    with failing_plainly(as_json=as_json):
        commitment = key_commitment(create_identifier_key(file))
        answer({"file": str(file), "commitment": "0x" + commitment.hex()}, as_json=as_json)


@app.command()
def show(
    file: Annotated[Path, typer.Argument(help="A key file.")], *, as_json: AsJson = False
) -> None:
    """Show the public part of a key that signs records or documents."""
    with failing_plainly(as_json=as_json):
        password = load_password(os.environ)
        if file.suffix == ".pem":
            key = load_document_key(file, password).public_key()
            result = {
                "key_id": "0x" + document_key_id(key).hex(),
                "material": "0x" + public_key_info(key).hex(),
            }
        else:
            signing = load_signing_key(file, password)
            result = {
                "address": "0x" + signing.address.hex(),
                "key_id": "0x" + signing.key_id.hex(),
            }
        answer({"file": str(file), **result}, as_json=as_json)
