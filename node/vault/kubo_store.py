"""Content by CID in the organisation's own Kubo (IPFS) node: the one place that speaks to it.

The daemon is not believed: what it says it added, and every byte it gives, is hashed here. It
answers every error with status 500 and code 0, and a content that nobody has with silence.

Source: Kubo RPC API v0; ipfshttpclient 0.8.0a2.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from contracts.documents.cid import CHUNK_SIZE, LINKS, Cid, CidHasher
from node.vault.content import Intake
from node.vault.errors import (
    ContentForeignError,
    ContentTooLargeError,
    ContentUnknownError,
    VaultUnavailableError,
)

# The client's own adapter for requests warns of a parameter that urllib3 gives up, at each call
# and in any thread; requests without it serves TCP, which is all that is needed here. The other
# warning, of the daemon's version, comes from its `connect`, which is not called: `find_kubo` and
# the tests say which versions work.
os.environ.setdefault("PY_IPFS_HTTP_CLIENT_PATCH_REQUESTS", "no")

import ipfshttpclient
from ipfshttpclient import exceptions as ipfs
from requests import RequestException

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 30.0
"""Longest silence of the daemon within one answer."""
TOTAL_SECONDS: Final = 180.0
"""Longest answer: 50 MB at 2.5 Mbit/s."""
FETCH_SECONDS: Final = 5.0
"""How long the other nodes are asked for a content that nobody may have."""

# The daemon's own settings change its defaults, so all of them are sent each time.
_ADD: Final[dict[str, Any]] = {
    "cid_version": 1,
    "raw_leaves": True,
    "chunker": f"size-{CHUNK_SIZE}",
    "pin": True,
    "trickle": False,
    "only_hash": False,
    "nocopy": False,
    "wrap_with_directory": False,
    "opts": {"max-file-links": str(LINKS), "hash": "sha2-256", "inline": "false"},
}
_ABSENT: Final = ("not found", "could not find", "not pinned")


class KuboStore:
    """Content in one Kubo node."""

    def __init__(
        self,
        address: str,
        *,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        fetch_seconds: float = FETCH_SECONDS,
    ) -> None:
        """Speak to a node; nothing is asked yet.

        Args:
            address: Multiaddress of its API, such as /ip4/127.0.0.1/tcp/5001.
            connect_seconds: Longest wait for the connection, and for room to send more.
            read_seconds: Longest silence within one answer.
            fetch_seconds: How long others are asked for a content.
        """
        self._address = address
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._fetch_seconds = fetch_seconds

    @property
    def where(self) -> str:
        """What the content lies in."""
        return f"Kubo at {self._address}"

    def adopt(self, intake: Intake) -> Cid:
        """Add the intake's file, pinned."""
        cid = intake.finish()
        with self._client(self._read_seconds) as client:
            told = client.add(str(intake.path), **_ADD)["Hash"]
        if told != str(cid):
            raise ContentForeignError(self.where, str(cid))
        return cid

    def read(self, cid: Cid, limit: int) -> bytes:
        """Return a content that is stored here, verified."""
        hasher, content = CidHasher(), bytearray()
        for part in self._parts(cid, self._read_seconds, is_offline=True):
            content += part
            hasher.update(part)
            if len(content) > limit:
                raise ContentTooLargeError(limit)
        if hasher.cid() != cid:
            raise ContentForeignError(self.where, str(cid))
        return bytes(content)

    def has(self, cid: Cid) -> bool:
        """Return whether a content is pinned here: blocks that merely pass by do not count."""
        try:
            with self._client(self._read_seconds) as client:
                return str(cid) in client.pin.ls(str(cid), type="recursive")["Keys"]
        except ContentUnknownError:
            return False

    def fetch(self, cid: Cid, intake: Intake) -> bool:
        """Get a content from the other nodes of the private network."""
        try:
            for part in self._parts(cid, self._fetch_seconds, is_offline=False):
                intake.write(part)
        except ContentUnknownError:
            return False
        if intake.finish() != cid:
            raise ContentForeignError(self.where, str(cid))
        return True

    def erase(self, cid: Cid) -> None:
        """Unpin a content and collect what nothing pins."""
        with self._client(self._read_seconds) as client:
            if self.has(cid):
                client.pin.rm(str(cid))
            client.repo.gc(quiet=True)

    def _parts(self, cid: Cid, seconds: float, *, is_offline: bool) -> Iterator[bytes]:
        deadline = time.monotonic() + TOTAL_SECONDS
        options = {"offline": "true" if is_offline else "false"}
        with (
            self._client(seconds, is_absence=not is_offline) as client,
            client.cat(str(cid), opts=options, stream=True) as answer,
        ):
            for part in answer:
                yield part
                if time.monotonic() > deadline:
                    raise VaultUnavailableError(self.where, f"no end after {TOTAL_SECONDS:g} s")

    @contextmanager
    def _client(self, seconds: float, *, is_absence: bool = False) -> Iterator[Any]:
        """Give a client whose failures are ours.

        Args:
            seconds: Longest silence.
            is_absence: Whether silence means that nobody has the content.
        """
        timeout = (self._connect_seconds, seconds)
        client = ipfshttpclient.Client(self._address, timeout=timeout, session=True)
        try:
            yield client
        except ipfs.ErrorResponse as error:
            if any(text in str(error).lower() for text in _ABSENT):
                raise ContentUnknownError(str(error)) from error
            raise VaultUnavailableError(self.where, str(error)) from error
        except ipfs.TimeoutError as error:
            if is_absence:
                raise ContentUnknownError("nobody") from error
            raise VaultUnavailableError(self.where, f"no answer in {seconds:g} s") from error
        except (ipfs.CommunicationError, ipfs.EncoderError, RequestException) as error:
            raise VaultUnavailableError(self.where, _reason(error)) from error
        except (AssertionError, AttributeError, KeyError, TypeError) as error:
            # What the client library does with an answer of another shape.
            raise VaultUnavailableError(self.where, "its answer cannot be read") from error
        finally:
            client.close()


def _reason(error: Exception) -> str:
    inner = getattr(error, "original", None) or error
    return f"{type(inner).__name__}: {inner}"[:300]
