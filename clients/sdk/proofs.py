"""Fetching what a verifier needs. Nothing here is believed: `tradeseal verify` checks it."""

from clients.sdk.connection import Connection
from clients.sdk.errors import AnswerError
from contracts.bundles.bundle import Bundle
from contracts.bundles.errors import BundleError


class Proofs:
    """Proofs over one connection."""

    def __init__(self, connection: Connection) -> None:
        """Use a connection."""
        self._connection = connection

    def certificate_bundle(
        self, certificate: bytes, *, since_height: int = 0, with_document: bool = True
    ) -> bytes:
        """Return the proof bundle of a certificate, as it stands in a file.

        Args:
            certificate: The certificate's identifier, 32 bytes.
            since_height: Height that your trust file stands at.
            with_document: Whether to ask for the document too.

        Raises:
            ServerRefusedError: The certificate is not visible to this caller.
            ServerFailedError: The ledger has not sealed it yet: ask again.
            AnswerError: What came is no bundle of this certificate.
        """
        content = self._connection.get_bytes(
            f"/v1/proofs/certificates/0x{certificate.hex()}",
            since_height=since_height,
            document="true" if with_document else "false",
        )
        try:
            bundle = Bundle.parse(content)
        except BundleError as error:
            raise AnswerError("bundle", f"cannot be read ({error})") from error
        if bundle.object_id != certificate:
            raise AnswerError("bundle", "is another certificate's")
        return content
