"""Other members' doors: where sealed contents are asked for by CID."""

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

import httpx

from contracts.documents.cid import Cid
from node.vault.content import Intake
from node.vault.errors import ContentForeignError, PeerRefusedError, PeerUnknownError
from node.vault.requests import NodeRequest

_TIMEOUT: Final = httpx.Timeout(30.0, connect=5.0)
TOTAL_SECONDS: Final = 180.0
"""Longest answer, 50 MB at 2.5 Mbit/s: a door that drips must not hold whoever waits."""
_OK: Final = 200


class Peers:
    """The doors that the settings name."""

    def __init__(
        self, doors: Iterable[tuple[str, str]], secret: bytes, clock: Callable[[], datetime]
    ) -> None:
        """Ask in the name of one organisation.

        Args:
            doors: Organisations' identifiers and URLs.
            secret: A key of the asking organisation, of purpose SIGN or CARRY.
            clock: Gives the time.
        """
        self._doors: dict[str, tuple[str, httpx.BaseTransport | None]] = {
            organisation: (url, None) for organisation, url in doors
        }
        self._secret = secret
        self._clock = clock

    def reach(
        self, organisation: str, url: str, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Name a door, in place of the settings'.

        Args:
            organisation: Its identifier.
            url: Where it is, without /v1.
            transport: Another way than a socket, such as an application in this process.
        """
        self._doors[organisation] = (url, transport)

    def fetch(self, cid: Cid, organisation: str, intake: Intake) -> None:
        """Get a content from an organisation's node; the intake then holds exactly it.

        Raises:
            PeerUnknownError: No door of the organisation is known.
            PeerRefusedError: Its node does not answer, or does not give it.
            ContentForeignError: Other bytes came.
            ContentTooLargeError: More bytes came than the intake takes.
            StorageError: The disk refused.
        """
        if organisation not in self._doors:
            raise PeerUnknownError(organisation)
        url, transport = self._doors[organisation]
        path = f"/v1/vault/blocks/{cid}"
        request = NodeRequest("GET", path, organisation, int(self._clock().timestamp()))
        headers = {"Authorization": request.sign(self._secret), "Accept-Encoding": "identity"}
        deadline = time.monotonic() + TOTAL_SECONDS
        try:
            with (
                httpx.Client(base_url=url, timeout=_TIMEOUT, transport=transport) as client,
                client.stream("GET", path, headers=headers) as answer,
            ):
                if answer.status_code != _OK:
                    raise PeerRefusedError(url, f"status {answer.status_code}")
                if "content-encoding" in answer.headers:  # a small answer may unpack to a large one
                    raise PeerRefusedError(url, "it packed what was asked for as it is")
                for part in answer.iter_bytes():
                    intake.write(part)
                    if time.monotonic() > deadline:
                        raise PeerRefusedError(url, f"it took longer than {TOTAL_SECONDS:g} s")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise PeerRefusedError(url, reason) from error
        if intake.finish() != cid:
            raise ContentForeignError(url, str(cid))
