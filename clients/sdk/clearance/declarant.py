"""What a declarant does at customs' door: hand in, amend, follow, answer."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from clients.sdk.answers import Answer
from clients.sdk.clearance.desk import JSON_TYPE, PATH
from clients.sdk.connection import Connection
from clients.sdk.errors import AnswerError, NotYetFinalError
from contracts.clearance.papers import new_salt, paper_content

_STEP_SECONDS: Final = 1.0
ENDS: Final = frozenset({"cleared", "cancelled", "seized"})
"""Stages in which a declaration came to its end."""


class Declarant:
    """Declarations of one declarant, over one connection."""

    def __init__(self, connection: Connection) -> None:
        """Use a connection that the declarant's key signs, or one with customs' own token."""
        self._connection = connection

    def submit(self, declaration: Mapping[str, Any], reference: str) -> Answer:
        """Hand a declaration in; the same reference and content again is the same declaration.

        Args:
            declaration: tradeseal-declaration/1, without a number.
            reference: The declarant's own: 1 to 64 visible ASCII characters.

        Returns:
            declaration_no, object, reference, received_at, and warnings with vi and en.

        Raises:
            ServerRefusedError: It has errors, or a rule refuses it; nothing was registered.
        """
        body = {"reference": reference, "declaration": dict(declaration)}
        return self._post("declarations", body)

    def amend(self, name: str, declaration: Mapping[str, Any]) -> Answer:
        """Amend a declaration, whole; the same again is the same amendment.

        Raises:
            ServerRefusedError: It has errors, or changes what may no longer be changed.
        """
        return self._post(f"declarations/{name}/amendments", {"declaration": dict(declaration)})

    def show(self, name: str) -> Answer:
        """Tell how a declaration stands, and what it waits for.

        Args:
            name: Its number, with or without the last digit, or its identifier.
        """
        return self._connection.get(f"{PATH}/declarations/{name}")

    def version(self, name: str, amendment: int = 0) -> dict[str, object]:
        """Return a declaration as it read under an amendment count."""
        found = self._connection.get(f"{PATH}/declarations/{name}/versions/{amendment}")
        return found.part("declaration").members()

    def follow(
        self,
        name: str,
        stages: Iterable[str] = ENDS,
        *,
        timeout: float = 60.0,
        progress: Callable[[Answer], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Answer:
        """Wait until a declaration reaches one of some stages, or its end.

        Args:
            name: Its number or identifier.
            stages: Such as "channelled"; its end where left out.
            timeout: Seconds to wait at most.
            progress: Told each standing on the way.
            sleep: Waits some seconds.

        Raises:
            NotYetFinalError: It has not come so far in time.
        """
        wanted = frozenset(stages) | ENDS
        left = timeout
        while True:
            found = self.show(name)
            if progress is not None:
                progress(found)
            if found.text("stage") in wanted:
                return found
            if left <= 0:
                raise NotYetFinalError(found.text("declaration_no"), timeout)
            sleep(min(_STEP_SECONDS, left))
            left -= _STEP_SECONDS

    def messages(self, name: str) -> list[Answer]:
        """Return what officers ask and the declarant answers, the oldest first."""
        return self._connection.get(f"{PATH}/declarations/{name}/messages").objects("items")

    def answer(self, name: str, document: Mapping[str, Any]) -> bytes:
        """Answer what an officer asks; return the answer's digest.

        Args:
            name: The declaration's number.
            document: JSON, numbers whole, at most 64 KiB: words, digests of documents.

        Raises:
            AnswerError: The door kept something else.
        """
        salt = new_salt()
        content = paper_content(document, salt)
        body = {"document": dict(document), "salt": salt}
        if self._post(f"declarations/{name}/messages", body).bytes32("digest") != content:
            raise AnswerError("digest", "is another document's")
        return content

    def _post(self, path: str, value: Mapping[str, object]) -> Answer:
        content = json.dumps(value, ensure_ascii=False).encode()
        return self._connection.post(f"{PATH}/{path}", content, JSON_TYPE)
