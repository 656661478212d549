"""Where decisions to replay come from: a door, an organisation's folder, a file."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import httpx
from sqlalchemy import select

from api.clearance.errors import SourceError
from api.clearance.kept import KeptDecision
from api.clearance.queries import ClearanceQueries
from api.clearance.views import decision_of
from api.risk.decision import DocumentError
from contracts.beacon.draw import output_of_round, seed_of
from contracts.beacon.errors import BeaconDrawError
from contracts.beacon.identifiers import Round
from contracts.clearance.declaration.number import STEM_DIGITS
from node.clearance.tables import DeclarationFile, DeclarationVersion
from node.database.database import Database, Purpose
from node.folder import open_folder

_PAGE: Final = 200
_ERROR: Final = 400
_NOT_FOUND: Final = 404
_SECONDS: Final = 60.0
FILE_LIMIT: Final = 1 << 30
"""Bytes of a file of decisions: a million of them."""


class Source(Protocol):
    """Gives decisions, and the seeds of their draws."""

    def pages(self, name: str | None) -> Iterator[Sequence[KeptDecision]]:
        """Yield decisions, of one declaration where named, some at a time.

        Raises:
            SourceError: It cannot be read.
            DocumentError: It holds something else.
        """
        ...

    def seed(self, country: str, number: int) -> bytes | None:
        """Return the seed that the outputs of a round make; None where they are not at hand.

        Raises:
            BeaconError: An output is not its key's.
        """
        ...


class DoorSource:
    """A customs' door, asked with a token."""

    def __init__(self, http: httpx.Client) -> None:
        """Use a connection; nothing is asked yet."""
        self._http = http
        self._seeds: dict[tuple[str, int], bytes | None] = {}

    @classmethod
    def at(cls, url: str, token: str | None) -> "DoorSource":
        """Prepare a connection to a door."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return cls(httpx.Client(base_url=url, headers=headers, timeout=_SECONDS))

    def pages(self, name: str | None) -> Iterator[Sequence[KeptDecision]]:
        """Yield decisions as the API lists them; of one declaration, every amendment's."""
        if name is not None:
            yield self._of(name)
            return
        cursor: str | None = None
        while True:
            more = {} if cursor is None else {"cursor": cursor}
            page = self._get("/v1/clearance/decisions", {"limit": str(_PAGE), **more})
            yield [KeptDecision.from_json(each) for each in page["items"]]
            following = page["next"]
            if following is None or following == cursor:
                return
            cursor = following

    def seed(self, country: str, number: int) -> bytes | None:
        """Return a round's seed from its outputs, each of which its proof shows."""
        if (country, number) not in self._seeds:
            self._seeds[country, number] = self._seed(country, number)
        return self._seeds[country, number]

    def _seed(self, country: str, number: int) -> bytes | None:
        path = f"/v1/beacon/rounds/{country}/{number}"
        answer = self._ask(path, {})
        if answer.status_code == _NOT_FOUND:
            return None
        return seed_from_round(self._read(path, answer))

    def _of(self, name: str) -> list[KeptDecision]:
        path = f"/v1/clearance/declarations/{name}/decision"
        latest = self._get(path, {})
        found: list[KeptDecision] = []
        for amendment in range(int(latest["amendment"])):
            answer = self._ask(path, {"amendment": str(amendment)})
            if answer.status_code != _NOT_FOUND:  # amended before it was decided
                found.append(KeptDecision.from_json(self._read(path, answer)))
        return [*found, KeptDecision.from_json(latest)]

    def _get(self, path: str, parameters: dict[str, str]) -> dict[str, Any]:
        return self._read(path, self._ask(path, parameters))

    def _ask(self, path: str, parameters: dict[str, str]) -> httpx.Response:
        try:
            return self._http.get(path, params=parameters)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            place, problem = str(self._http.base_url), f"does not answer ({error}); ask again"
            raise SourceError(place, problem, is_silent=True) from error

    def _read(self, path: str, answer: httpx.Response) -> dict[str, Any]:
        try:
            value = answer.json()
        except ValueError as error:
            raise SourceError(path, "answers no JSON") from error
        if answer.status_code >= _ERROR or not isinstance(value, dict):
            detail = value.get("detail") if isinstance(value, dict) else None
            raise SourceError(path, f"refuses with {answer.status_code}: {detail}")
        return value


class FolderSource:
    """An organisation's folder: its databases are read, and nothing else is asked."""

    def __init__(self, folder: Path) -> None:
        """Open the databases of a folder.

        Raises:
            NodeError: The folder cannot be used.
        """
        found = open_folder(folder)
        self._state = Database(found.state_url, Purpose.STATE)
        self._read = Database(found.read_url, Purpose.READ)

    def pages(self, name: str | None) -> Iterator[Sequence[KeptDecision]]:
        """Yield decisions as the databases hold them."""
        order = (DeclarationVersion.declaration_no, DeclarationVersion.amendment)
        query = (
            select(DeclarationFile, DeclarationVersion)
            .join(
                DeclarationVersion,
                DeclarationVersion.declaration_no == DeclarationFile.declaration_no,
            )
            .where(DeclarationVersion.decision.is_not(None))
            .order_by(*order)
        )
        if name is not None:
            known = DeclarationFile.declaration_no == name[:STEM_DIGITS]
            query = query.where(known | (DeclarationFile.object_id == name))
        with self._state.read() as session:
            found = session.execute(query).yield_per(_PAGE)
            for rows in found.partitions(_PAGE):
                yield self._with_ledger([(file, version) for file, version in rows])

    def seed(self, country: str, number: int) -> bytes | None:
        """Return nothing: who sat in a panel, only the ledger says; ask a door for that."""
        del country, number
        return None

    def _with_ledger(
        self, kept: Sequence[tuple[DeclarationFile, DeclarationVersion]]
    ) -> list[KeptDecision]:
        objects = [file.object_id for file, _ in kept]
        with self._read.read() as session:
            queries = ClearanceQueries(session)
            rows, marks = queries.rows(objects), queries.histories(objects)
        found = [
            decision_of(file, version, rows.get(file.object_id), marks.get(file.object_id, ()))
            for file, version in kept
        ]
        return [KeptDecision.from_json(each.model_dump()) for each in found]


class FileSource:
    """A file: what the API lists, one value or one a line, or bare decision documents."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is read when it is asked."""
        self._path = path

    def pages(self, name: str | None) -> Iterator[Sequence[KeptDecision]]:
        """Yield the file's decisions."""
        found = self._decisions(self._content())
        stem = None if name is None else name[:STEM_DIGITS]
        yield [each for each in found if stem is None or each.name[:STEM_DIGITS] == stem]

    def seed(self, country: str, number: int) -> bytes | None:
        """Return nothing: the file holds no outputs."""
        del country, number
        return None

    def _content(self) -> bytes:
        try:
            if self._path.stat().st_size > FILE_LIMIT:
                raise SourceError(str(self._path), f"has more than {FILE_LIMIT} bytes; split it")
            return self._path.read_bytes()
        except OSError as error:
            raise SourceError(str(self._path), error.strerror or "cannot be read") from error

    def _decisions(self, content: bytes) -> list[KeptDecision]:
        whole = _json(content)
        if isinstance(whole, dict) and isinstance(whole.get("items"), list):
            return [KeptDecision.from_json(each) for each in whole["items"]]
        lines = [content] if whole is not None else content.splitlines()
        return [self._decision(line.strip()) for line in lines if line.strip()]

    def _decision(self, line: bytes) -> KeptDecision:
        value = _json(line)
        if not isinstance(value, dict):
            remedy = "give decisions as the API lists them, one a line"
            raise DocumentError(str(self._path), "holds a line that is no JSON object", remedy)
        if "document" in value:
            return KeptDecision.from_json(value)
        return KeptDecision(str(value.get("declaration_no", "?")), None, "", line, {})


def seed_from_round(answer: dict[str, Any]) -> bytes | None:
    """Return the seed that a round's outputs make; None while one is missing.

    Args:
        answer: The API's schema `Round`.

    Raises:
        BeaconError: An output is not its key's, or no panel gives such outputs.
    """
    try:
        of = Round(
            int(answer["chain_id"]),
            answer["country"],
            int(answer["round"]),
            bytes.fromhex(answer["block_hash"][2:]),
        )
        given = answer["outputs"]
        if any(each["proof"] is None for each in given):
            return None
        pairs = [
            (bytes.fromhex(each["modulus"][2:]), bytes.fromhex(each["proof"][2:])) for each in given
        ]
    except (KeyError, ValueError, TypeError) as error:
        raise BeaconDrawError(
            "the round is not in its form", "ask a door of this version"
        ) from error
    outputs = [output_of_round(modulus, of, proof) for modulus, proof in pairs]
    return seed_of(of.country, of.number, outputs)


def _json(content: bytes) -> object:
    try:
        value: object = json.loads(content)
    except ValueError:
        return None
    return value
