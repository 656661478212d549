"""What this process asks of its own CometBFT, over JSON-RPC.

CometBFT closes a connection that was idle for ten seconds: here it is given up after five.
`commit` is checked as it comes: a header that does not have the hash that was signed is refused.

Source: CometBFT v0.38, rpc/core (routes) and rpc/jsonrpc (batches, errors).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import httpx
from pydantic_core import from_json

from chain.errors import EngineUnavailableError
from chain.proofs.comet import BlockID, BlockIDFlag, Commit, CommitSignature, Header
from chain.proofs.comet.header import PartSetHeader
from chain.proofs.constants import NANOSECONDS, Address20, Hash32, TimeNs
from chain.proofs.errors import ProofError

MAX_BATCH: Final = 100
"""Transactions in one request; `home` lets CometBFT take that many and one more."""

_TIMEOUT_S: Final = 10.0
_KEEP_IDLE_S: Final = 5.0
_NANOSECOND_DIGITS: Final = 9
_UNREADABLE: Final = (AttributeError, KeyError, TypeError, ValueError)
_COMMIT_STEP: Final = 8  # cstypes.RoundStepCommit


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """How CometBFT is doing."""

    height: int
    is_catching_up: bool
    power: int
    """Voting power of this node's own key; 0 for a follower."""
    peers: int


class EngineRpc:
    """Safe for concurrent use.

    Every method raises EngineUnavailableError when CometBFT does not answer as it should.

    Args:
        url: Its `rpc.laddr` as http://HOST:PORT.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        limits = httpx.Limits(keepalive_expiry=_KEEP_IDLE_S)
        self._http = httpx.Client(timeout=_TIMEOUT_S, limits=limits, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def broadcast(self, raws: Sequence[bytes]) -> list[str | None]:
        """Hand transactions to the mempool in their order, at most `MAX_BATCH`.

        The check of nothing at the end makes CometBFT send us what it has gathered at once: by
        itself it would wait 20 ms.

        Returns:
            For each of them why the mempool did not take it, None where it did.
        """
        requests = [
            _request(index, "broadcast_tx_async", tx=base64.b64encode(raw).decode())
            for index, raw in enumerate(raws)
        ]
        answers = self._post([*requests, _request(len(raws), "check_tx", tx="")])
        if not isinstance(answers, list) or len(answers) != len(raws) + 1:
            raise EngineUnavailableError(self.url, "it did not answer each request of a batch")
        by_id = {answer.get("id"): answer for answer in answers if isinstance(answer, dict)}
        return [_error_text(by_id.get(index, {})) for index in range(len(raws))]

    def signed_header(self, height: int) -> tuple[Header, Commit] | None:
        """Return a height's header and the commit that signs it, None where there is none."""
        answer = self._post(_request(0, "commit", height=str(height)))
        if not isinstance(answer, dict) or _error_text(answer) is not None:
            return None
        try:
            signed = answer["result"]["signed_header"]
            header, commit = _header(signed["header"]), _commit(signed["commit"])
            fits = header.height == height and header.hash() == commit.block_id.hash
        except (*_UNREADABLE, ProofError) as exc:
            raise EngineUnavailableError(self.url, f"its commit cannot be read: {exc!r}") from exc
        if not fits:
            raise EngineUnavailableError(self.url, f"its commit of height {height} does not fit")
        return header, commit

    def agreed_app_hash(self, height: int) -> bytes | None:
        """Return the app_hash of a height's header that the others have committed.

        None unless consensus stands at committing that very height here: in passing, or for good
        where the block does not follow from this replica's state.
        """
        answer = self._post(_request(0, "dump_consensus_state"))
        try:
            state = answer["result"]["round_state"]
            if int(state["height"]) != height or int(state["step"]) != _COMMIT_STEP:
                return None
            header = (state["proposal_block"] or {}).get("header")
            if header is None or int(header["height"]) != height:
                return None
            return _hex(header["app_hash"])
        except _UNREADABLE as exc:
            raise EngineUnavailableError(self.url, f"its state cannot be read: {exc!r}") from exc

    def status(self) -> EngineStatus:
        """Return how it is doing."""
        answers = self._post([_request(0, "status"), _request(1, "net_info")])
        try:
            by_id = {answer["id"]: answer["result"] for answer in answers}
            sync = by_id[0]["sync_info"]
            return EngineStatus(
                int(sync["latest_block_height"]),
                bool(sync["catching_up"]),
                int(by_id[0]["validator_info"]["voting_power"]),
                int(by_id[1]["n_peers"]),
            )
        except _UNREADABLE as exc:
            raise EngineUnavailableError(self.url, f"its status cannot be read: {exc!r}") from exc

    def _post(self, content: Any) -> Any:
        try:
            answer = self._http.post(self.url, json=content)
            return from_json(answer.content)  # bounded in depth; json.loads is not
        except httpx.HTTPError as exc:
            reason = str(exc) or type(exc).__name__
            raise EngineUnavailableError(self.url, reason) from exc
        except ValueError as exc:
            raise EngineUnavailableError(self.url, "its answer is not JSON") from exc


def _request(identifier: int, method: str, **parameters: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": identifier, "method": method, "params": parameters}


def _error_text(answer: dict[str, Any]) -> str | None:
    error = answer.get("error")
    if error is None:
        return None if "result" in answer else "no answer"
    return f"{error.get('message')}: {error.get('data')}" if isinstance(error, dict) else str(error)


def _header(given: dict[str, Any]) -> Header:
    return Header(
        chain_id=given["chain_id"],
        height=int(given["height"]),
        time=_time(given["time"]),
        last_block_id=_block_id(given["last_block_id"]),
        last_commit_hash=Hash32(_hex(given["last_commit_hash"])),
        data_hash=Hash32(_hex(given["data_hash"])),
        validators_hash=Hash32(_hex(given["validators_hash"])),
        next_validators_hash=Hash32(_hex(given["next_validators_hash"])),
        consensus_hash=Hash32(_hex(given["consensus_hash"])),
        app_hash=_hex(given["app_hash"]),
        last_results_hash=Hash32(_hex(given["last_results_hash"])),
        evidence_hash=Hash32(_hex(given["evidence_hash"])),
        proposer_address=Address20(_hex(given["proposer_address"])),
        block_version=int(given["version"]["block"]),
        app_version=int(given["version"].get("app", 0)),
    )


def _commit(given: dict[str, Any]) -> Commit:
    return Commit(
        int(given["height"]),
        int(given["round"]),
        _block_id(given["block_id"]),
        tuple(_vote(vote) for vote in given["signatures"]),
    )


def _vote(given: dict[str, Any]) -> CommitSignature:
    flag = BlockIDFlag(given["block_id_flag"])
    if flag is BlockIDFlag.ABSENT:
        return CommitSignature()
    return CommitSignature(
        flag,
        _hex(given["validator_address"]),
        _time(given["timestamp"]),
        base64.b64decode(given["signature"], validate=True),
    )


def _block_id(given: dict[str, Any]) -> BlockID:
    parts = given["parts"]
    return BlockID(_hex(given["hash"]), PartSetHeader(int(parts["total"]), _hex(parts["hash"])))


def _hex(text: str) -> bytes:
    return bytes.fromhex(text)


def _time(text: str) -> TimeNs:
    """Read RFC 3339 in UTC with up to nine digits of a second."""
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    moment = datetime.strptime(seconds, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    nanoseconds = int(fraction.ljust(_NANOSECOND_DIGITS, "0"))
    return TimeNs(int(moment.timestamp()) * NANOSECONDS + nanoseconds)
