"""Documents: sent as they were issued, and checked against their digest when they come."""

from clients.sdk.connection import Connection
from clients.sdk.errors import AnswerError
from contracts.documents.sd_jwt import document_hash

_MEDIA_TYPE = "application/sd-jwt"


class Documents:
    """Documents over one connection."""

    def __init__(self, connection: Connection) -> None:
        """Use a connection."""
        self._connection = connection

    def put(self, document: str) -> bytes:
        """Send a document that a submitted certificate commits to; return its digest.

        Raises:
            ServerRefusedError: The door refused it.
            AnswerError: The door kept something else.
        """
        answer = self._connection.post("/v1/documents", document.encode(), _MEDIA_TYPE)
        digest = answer.bytes32("digest")
        if digest != document_hash(document):
            raise AnswerError("digest", "is another document's")
        return digest

    def get(self, digest: bytes) -> str:
        """Return the document of a digest.

        Raises:
            ServerRefusedError: It is not held there, or not shown to this caller.
            AnswerError: The door gives another document.
        """
        content = self._connection.get_bytes(f"/v1/documents/0x{digest.hex()}")
        try:
            document = content.decode("ascii")
        except UnicodeDecodeError as error:
            raise AnswerError("document", "is no SD-JWT") from error
        if document_hash(document) != digest:
            raise AnswerError("document", "is another one than asked for")
        return document
