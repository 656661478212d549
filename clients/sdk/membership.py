"""Who may do what, as the door tells it."""

from collections.abc import Iterator

from clients.sdk.answers import Answer
from clients.sdk.connection import Connection
from clients.sdk.errors import AnswerError
from contracts.documents.x509 import parse_public_key_info
from contracts.errors import KeyDocumentError
from contracts.membership.keys import material_key_id

_PAGE = 200


class Membership:
    """Membership over one connection."""

    def __init__(self, connection: Connection) -> None:
        """Use a connection."""
        self._connection = connection

    def organisations(self) -> Iterator[Answer]:
        """Yield all organisations."""
        yield from pages(self._connection, "/v1/membership/organisations")

    def keys(self, organisation: bytes) -> Iterator[Answer]:
        """Yield an organisation's keys, revoked ones included."""
        path = f"/v1/membership/organisations/0x{organisation.hex()}/keys"
        yield from pages(self._connection, path)

    def validators(self, at_block: int | None = None, *, is_history: bool = False) -> list[Answer]:
        """Return who validates, now or at the end of a block, or who ever did."""
        parameters: dict[str, str | int] = {} if at_block is None else {"atBlock": at_block}
        if is_history:
            parameters["history"] = "true"
        return self._connection.get("/v1/membership/validators", **parameters).objects("items")

    def misbehaviour(self) -> Iterator[Answer]:
        """Yield what organisations reported of validators."""
        yield from pages(self._connection, "/v1/membership/misbehaviour")

    def document_key_material(self, organisation: bytes, key_id: bytes) -> bytes:
        """Return the public key behind a document key's identifier, checked against it.

        Args:
            organisation: Whose key it is.
            key_id: The identifier, 32 bytes.

        Raises:
            AnswerError: The door does not give the key that the identifier names.
        """
        for key in self.keys(organisation):
            if key.bytes32("id") == key_id:
                return _checked(key.text("material"), key_id)
        raise AnswerError("items", "do not hold the document's key")


def pages(connection: Connection, path: str, **parameters: str | int) -> Iterator[Answer]:
    """Yield the elements of all pages of a list.

    Raises:
        AnswerError: The door leads in a circle.
    """
    cursor: str | None = None
    seen: set[str] = set()
    while True:
        more = {} if cursor is None else {"cursor": cursor}
        answer = connection.get(path, limit=_PAGE, **parameters, **more)
        yield from answer.objects("items")
        cursor = answer.text_or_none("next")
        if cursor is None:
            return
        if cursor in seen:
            raise AnswerError("next", "leads in a circle")
        seen.add(cursor)


def _checked(text: str, key_id: bytes) -> bytes:
    try:
        material = bytes.fromhex(text.removeprefix("0x"))
        parse_public_key_info(material)
    except (ValueError, KeyDocumentError) as error:
        raise AnswerError("material", "is no P-256 public key") from error
    if material_key_id(material) != key_id:
        raise AnswerError("material", "is not the key that the identifier names")
    return material
