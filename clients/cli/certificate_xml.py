"""`tradeseal certificate xml`: `to-xml` and `from-xml`, the exchange's XML both ways.

Nothing is sent and no server asked. Exit codes: 0 done; 64 unusable input, with line and element.
"""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Final, Protocol, cast

import typer

from clients.cli.session import AsJson, failing_plainly
from clients.sdk.errors import InputError
from clients.sdk.files import read_input, write_private
from clients.sdk.json_input import parse_json
from contracts.origin.certificate import CertificateForm, certificate_json, parse_certificate

app = typer.Typer(name="xml", help="Certificates as the exchange's XML.", no_args_is_help=True)
_FORM_LIMIT: Final = 8 << 20

Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Where to write; the terminal if not given.")
]


class _Declarations(Protocol):
    """What is used of `contracts.origin.xml.declarations`."""

    certificate_to_xml: Callable[[CertificateForm], bytes]
    importer_xml: Callable[[CertificateForm], bytes]
    certificate_from_xml: Callable[[bytes], CertificateForm]


@app.command()
def to_xml(
    file: Annotated[Path, typer.Argument(help="The certificate as JSON.")],
    *,
    for_importer: Annotated[
        bool, typer.Option("--for-importer", help="Leave out the lines of export declarations.")
    ] = False,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Write a certificate as XML."""
    with failing_plainly(as_json=as_json):
        form = parse_certificate(_read_json(file))
        declarations = _declarations()
        write = declarations.importer_xml if for_importer else declarations.certificate_to_xml
        _write(write(form), output)


@app.command()
def from_xml(
    file: Annotated[Path, typer.Argument(help="The certificate as XML.")],
    *,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Check a certificate in XML and write it as JSON."""
    with failing_plainly(as_json=as_json):
        form = _declarations().certificate_from_xml(read_input(file, _FORM_LIMIT))
        text = json.dumps(certificate_json(form), indent=2, ensure_ascii=False)
        _write(f"{text}\n".encode(), output)


def _declarations() -> _Declarations:
    """Return the module, which needs packages that the small installation does without."""
    try:
        return cast("_Declarations", import_module("contracts.origin.xml.declarations"))
    except ModuleNotFoundError as error:
        if error.name not in {"xmlschema", "defusedxml"}:
            raise
        raise InputError(
            "this installation", f"{error.name} is missing: pip install 'tradeseal[xml]'"
        ) from error


def _read_json(path: Path) -> object:
    try:
        return parse_json(read_input(path, _FORM_LIMIT))
    except ValueError as error:
        raise InputError(str(path), "it is no JSON") from error


def _write(content: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
    else:
        write_private(output, content, replace=True)
