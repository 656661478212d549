"""What lies on the disk of an organisation that may not read a certificate: nothing of its content.

The raw bytes of all its files are searched: chain data, both databases, vault, log.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.doors import Doors
from support.forms import form_json
from support.organisations import CUSTOMS_ID, CUSTOMS_TH, ISSUER, Network, certificate_id

from chain.observability.logs import LogFormat, configure_logging
from contracts.documents.sd_jwt import document_hash, issue_sd_jwt
from contracts.origin.certificate import DOCUMENT_TYPE, certificate_claims, parse_certificate

A = certificate_id("a")
NAME = "Công ty Cà phê Buôn Hồ"
REFERENCE = "VN-26-771903"
QUANTITY = "73912.125"
SCALED = 73_912_125_000
INVOICE = f"%PDF-1.7 {NAME} {REFERENCE} {QUANTITY}".encode()


def needles() -> dict[str, bytes]:
    """Return every secret in every form in which it could lie there."""
    found = {"scaled number": SCALED.to_bytes(8, "big"), "scaled text": str(SCALED).encode()}
    for text in (NAME, REFERENCE, QUANTITY):
        raw = text.encode()
        found[text] = raw
        found[f"{text} in JSON"] = text.encode("ascii", "backslashreplace")
        found[f"{text} in UTF-16"] = text.encode("utf-16-le")
        found[f"{text} in hexadecimal"] = raw.hex().encode()
        for shift in range(3):  # base64 has three alignments; the letters at the rim depend on more
            letters = base64.urlsafe_b64encode(bytes(shift) + raw)
            found[f"{text} in base64, {shift}"] = letters[4:-4]
    return found


NEEDLES = needles()


def holding(folder: Path) -> set[str]:
    """Return which files hold which secret."""
    return {
        f"{path.relative_to(folder)}: {name}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for name, needle in NEEDLES.items()
        if needle in path.read_bytes()
    }


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Give what the whole process logs, everything included."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure_logging(LogFormat.JSON)
    handler = logging.StreamHandler(stream)
    root.handlers, root.level = [handler], logging.DEBUG
    root.setLevel(logging.DEBUG)
    yield stream
    root.handlers = before
    root.setLevel(level)


def form() -> str:
    value = copy.deepcopy(form_json("D"))
    value["reference_no"] = REFERENCE
    value["exporter"]["name"] = NAME
    value["items"][0]["quantity"]["value"] = QUANTITY
    parsed = parse_certificate(value)
    claims = certificate_claims(parsed, A, ISSUER.id)
    claims["attachments"] = [{"sha256": "0x" + hashlib.sha256(INVOICE).hexdigest()}]
    return issue_sd_jwt(claims, ISSUER.document_secret, {"typ": DOCUMENT_TYPE})


def write_chain_data(network: Network, folder: Path) -> None:
    """Put the ledger's store where an organisation's own replica has it."""
    entries = network._store.entries
    (folder / "chain-data").write_bytes(b"".join(key + value for key, value in entries.items()))


def test_another_organisation_stores_nothing_of_it(network: Network, log: io.StringIO) -> None:
    doors, text = Doors(network), form()
    doors[ISSUER].node.submit(network.issue(A, document=document_hash(text)))
    doors.settle()
    documents = doors.sdk(ISSUER).documents
    stored = documents.put_file(text.encode(), "application/sd-jwt", [CUSTOMS_ID.id])
    invoice = documents.put_file(INVOICE, "application/pdf", [CUSTOMS_ID.id])
    for one in (stored, invoice):
        doors.sdk(CUSTOMS_ID).documents.fetch(one.manifest, ISSUER.id)
    assert NAME.encode() in doors.sdk(CUSTOMS_ID).documents.get_file(invoice.digest)
    stranger = doors[CUSTOMS_TH].node
    doors.settle()
    # Even where the blocks come by, as through a shared IPFS node, they tell nothing.
    vault = doors[ISSUER].node.vault
    for one in (stored, invoice):
        for cid in (one.manifest, one.content):
            (stranger.folder.vault / "contents" / str(cid)).write_bytes(vault.read_sealed(cid))
    for member in (CUSTOMS_TH, ISSUER, CUSTOMS_ID):
        folder = doors[member].node.folder.path
        write_chain_data(network, folder)
        (folder / "log").write_text(log.getvalue())
        assert holding(folder) == set(), member.name
        assert len(list(folder.rglob("*"))) > 10
    assert log.getvalue()


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    """The positive twin: each secret, in each form, is found in a plain file."""
    for number, needle in enumerate(NEEDLES.values()):
        (tmp_path / str(number)).write_bytes(b"\0before" + needle + b"after\xff")
    found = holding(tmp_path)
    for number, name in enumerate(NEEDLES):
        assert f"{number}: {name}" in found
    (tmp_path / "form").write_text(form())
    disclosed = {line for line in holding(tmp_path) if line.startswith("form: ")}
    assert {line.split(" in base64")[0] for line in disclosed} >= {
        f"form: {text}" for text in (NAME, REFERENCE, QUANTITY)
    }
