"""The manifest in its one canonical form."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import rfc8785

from contracts.documents.cid import Cid, file_cid
from contracts.documents.hpke import ENCAPSULATED_SIZE, WRAPPED_SIZE, Wrap
from contracts.documents.manifest import (
    DOCUMENT_LIMIT,
    MANIFEST_LIMIT,
    RECIPIENTS_LIMIT,
    Manifest,
)
from contracts.errors import ManifestError


def wrap(number: int) -> Wrap:
    return Wrap(number.to_bytes(32, "big"), bytes(ENCAPSULATED_SIZE), bytes(WRAPPED_SIZE))


MANIFEST = Manifest(file_cid(b"x"), 1, b"\1" * 32, "application/pdf", (wrap(1), wrap(2)), "a.pdf")


def test_it_goes_round() -> None:
    for manifest in (MANIFEST, replace(MANIFEST, name=None), replace(MANIFEST, size=0)):
        data = manifest.to_bytes()
        assert Manifest.parse(data) == manifest
        assert manifest.cid == Cid.of_block(data)
        assert rfc8785.dumps(json.loads(data)) == data


def test_the_largest_is_one_block() -> None:
    wraps = tuple(wrap(n) for n in range(RECIPIENTS_LIMIT))
    largest = replace(MANIFEST, wraps=wraps, name="\u1ec7" * 255, size=DOCUMENT_LIMIT)
    assert len(largest.to_bytes()) < MANIFEST_LIMIT
    assert Manifest.parse(largest.to_bytes()) == largest


@pytest.mark.parametrize(
    "changes",
    [
        {"size": -1},
        {"size": DOCUMENT_LIMIT + 1},
        {"media_type": ""},
        {"media_type": "pdf"},
        {"media_type": "Application/pdf"},
        {"media_type": "text/plain; charset=utf-8"},
        {"media_type": "a/b\n"},
        {"name": ""},
        {"name": "a/b"},
        {"name": "a\\b"},
        {"name": ".."},
        {"name": "a\nb"},
        {"name": "a\u202egnp.exe"},
        {"name": "a" * 256},
        {"name": "e\u0302"},
        {"wraps": ()},
        {"wraps": (wrap(2), wrap(1))},
        {"wraps": (wrap(1), wrap(1))},
        {"wraps": tuple(wrap(n) for n in range(RECIPIENTS_LIMIT + 1))},
    ],
    ids=lambda changes: repr(
        [one.recipient[-1] for one in changes["wraps"]] if "wraps" in changes else changes
    ),
)
def test_what_is_out_of_bounds_is_none(changes: dict[str, Any]) -> None:
    with pytest.raises(ManifestError, match=";"):
        replace(MANIFEST, **changes)


def changed(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda value: value | changes


def wrapped(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda value: value | {"wraps": [value["wraps"][0] | changes]}


BAD: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another format": changed(format="tradeseal-manifest/2"),
    "surplus": changed(more=1),
    "size a number": changed(size=1),
    "size with a zero before it": changed(size="01"),
    "size negative": changed(size="-1"),
    "size too long": changed(size="1" * 40),
    "content no CID": changed(content="Qm"),
    "content a number": changed(content=5),
    "document short": changed(document="0x01"),
    "document in capitals": changed(document="0x" + "AB" * 32),
    "name null": changed(name=None),
    "name a number": changed(name=1),
    "wraps none": changed(wraps=[]),
    "wraps an object": changed(wraps={}),
    "wrap a text": changed(wraps=["x"]),
    "wrap with more": wrapped(more="x"),
    "wrap short": wrapped(wrapped="AAAA"),
    "wrap padded": wrapped(wrapped="A" * 64 + "="),
    "wrap's recipient": wrapped(recipient="0x00"),
    "encapsulated a number": wrapped(encapsulated=7),
    "no size": lambda value: {name: value[name] for name in value if name != "size"},
    "a list": lambda value: [value],
}


@pytest.mark.parametrize("name", BAD)
def test_other_forms_are_refused(name: str) -> None:
    value = BAD[name](json.loads(MANIFEST.to_bytes()))
    with pytest.raises(ManifestError, match=";"):
        Manifest.parse(rfc8785.dumps(value))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"null",
        b"[" * 100_000,
        MANIFEST.to_bytes() + b"\n",
        MANIFEST.to_bytes().replace(b'","', b'", "', 1),
        MANIFEST.to_bytes().replace(b'"size":"1"', b'"size":"1","size":"1"'),
        b" " * (MANIFEST_LIMIT + 1),
    ],
    ids=["nothing", "no text", "null", "deep", "newline", "space", "twice", "long"],
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ManifestError, match=";"):
        Manifest.parse(data)
