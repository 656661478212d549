"""Content identifiers: CIDv1 of a file exactly as Kubo computes it; pure.

A file is cut into chunks of 256 KiB, each a raw leaf. One leaf is the file; more hang in a
balanced tree of dag-pb nodes with at most 174 links. Kubo gives the same identifier when it
adds with `cid-version=1 raw-leaves chunker=size-262144 max-file-links=174`.

Source: multiformats CIDv1; IPLD DAG-PB specification; UnixFS 1.0, section File.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from contracts.errors import CidError

RAW: Final = 0x55
DAG_PB: Final = 0x70
CHUNK_SIZE: Final = 262_144
LINKS: Final = 174

_DIGEST_SIZE: Final = 32
_VERSION: Final = 1
_SHA2_256: Final = b"\x12\x20"
_BASE32: Final = re.compile(r"b[a-z2-7]{58}")
_UNIXFS_FILE: Final = b"\x08\x02"
_SEVEN_BITS: Final = 0x7F


@dataclass(frozen=True, slots=True)
class Cid:
    """A CIDv1 over SHA2-256.

    Attributes:
        codec: `RAW` or `DAG_PB`.
        digest: SHA2-256 of the block, 32 bytes.
    """

    codec: int
    digest: bytes

    def to_bytes(self) -> bytes:
        """Return the binary form, 36 bytes."""
        return bytes([_VERSION, self.codec]) + _SHA2_256 + self.digest

    def __str__(self) -> str:
        """Return the canonical text: base32 in lower case without padding."""
        return "b" + base64.b32encode(self.to_bytes()).decode().lower().rstrip("=")

    @classmethod
    def of_block(cls, block: bytes) -> Self:
        """Return the identifier of one raw block."""
        return cls(RAW, hashlib.sha256(block).digest())

    @classmethod
    def raw(cls, digest: bytes) -> Self:
        """Return the identifier of the raw block with a digest.

        Raises:
            CidError: The digest has not 32 bytes.
        """
        if len(digest) != _DIGEST_SIZE:
            raise CidError(f"a digest of {len(digest)} bytes")
        return cls(RAW, digest)


def parse_cid(text: str) -> Cid:
    """Parse a content identifier in its canonical text form.

    Raises:
        CidError: It is another version, base, hash or codec, or not canonical.
    """
    if _BASE32.fullmatch(text) is None:
        raise CidError(f"{text[:80]!r} is none")
    try:
        data = base64.b32decode(text[1:].upper() + "======")
    except binascii.Error as fault:
        raise CidError(f"{text!r} is not base32") from fault
    codec, digest = data[1], data[4:]
    cid = Cid(codec, digest)
    if codec not in {RAW, DAG_PB} or str(cid) != text:
        raise CidError(f"{text!r} is another kind, or not canonical")
    return cid


def file_cid(content: bytes) -> Cid:
    """Return the identifier of a file's content."""
    hasher = CidHasher()
    hasher.update(content)
    return hasher.cid()


def parts_cid(parts: Iterable[bytes]) -> Cid:
    """Return the identifier of a file whose content comes in parts of any size."""
    hasher = CidHasher()
    for part in parts:
        hasher.update(part)
    return hasher.cid()


class CidHasher:
    """Computes a file's identifier while its bytes pass by; keeps at most one chunk."""

    def __init__(self) -> None:
        self._leaf = hashlib.sha256()
        self._filled = 0
        self._leaves: list[_Node] = []
        self.size = 0
        """Bytes so far."""

    def update(self, data: bytes) -> None:
        """Take the next bytes."""
        view = memoryview(data)
        self.size += len(view)
        while view:
            if self._filled == CHUNK_SIZE:
                self._close_leaf()
            taken = view[: CHUNK_SIZE - self._filled]
            self._leaf.update(taken)
            self._filled += len(taken)
            view = view[len(taken) :]

    def cid(self) -> Cid:
        """Return the identifier of the bytes so far."""
        last = _Node(Cid(RAW, self._leaf.digest()), self._filled, self._filled)
        level = [*self._leaves, last]
        while len(level) > 1:
            level = [_parent(level[at : at + LINKS]) for at in range(0, len(level), LINKS)]
        return level[0].cid

    def _close_leaf(self) -> None:
        digest = self._leaf.digest()
        self._leaves.append(_Node(Cid(RAW, digest), self._filled, self._filled))
        self._leaf = hashlib.sha256()
        self._filled = 0


@dataclass(frozen=True, slots=True)
class _Node:
    """A block: its identifier, the file bytes below it, and all block bytes below it."""

    cid: Cid
    file_size: int
    total_size: int


def _parent(children: Sequence[_Node]) -> _Node:
    links = b"".join(_field(2, _link(child)) for child in children)
    sizes = b"".join(b"\x20" + _varint(child.file_size) for child in children)
    file_size = sum(child.file_size for child in children)
    data = _UNIXFS_FILE + b"\x18" + _varint(file_size) + sizes
    # DAG-PB writes the links before the data, against the order of their numbers.
    block = links + _field(1, data)
    total = len(block) + sum(child.total_size for child in children)
    return _Node(Cid(DAG_PB, hashlib.sha256(block).digest()), file_size, total)


def _link(child: _Node) -> bytes:
    return _field(1, child.cid.to_bytes()) + b"\x12\x00\x18" + _varint(child.total_size)


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > _SEVEN_BITS:
        encoded.append(value & _SEVEN_BITS | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
