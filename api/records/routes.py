"""Submit signed records, alone or together, and follow them until they are final."""

import asyncio
import hashlib
import re
from typing import Annotated, Any, Final, cast

import rfc8785
from fastapi import APIRouter, Depends, Header, Query, Response
from starlette.concurrency import run_in_threadpool

from api.bodies import read_json_body
from api.errors import BodyMalformedError, HeaderMalformedError
from api.permissions import Node, Permission, RequiredCaller, Requirement
from api.records.schemas import SUBMIT_BODY, TOGETHER_BODY, RecordStatus, RecordStatuses
from api.schemas import Identifier, problems
from api.tokens import Caller
from contracts.calls import SUBMIT_LIMIT
from contracts.records.catalogue import parse_signed_record
from node.errors import RecordUnknownError
from node.indexer.tables import LedgerRecord
from node.organisation import OrganisationNode
from node.outbox.outbox import Entry, Request
from node.outbox.tables import EntryStatus

router = APIRouter(prefix="/records", tags=["records"])
Submitter = Annotated[Caller, Depends(RequiredCaller(Permission.RECORDS_SUBMIT))]
Reader = Annotated[object, Depends(Requirement(Permission.RECORDS_READ))]

_KEY_FORM: Final = re.compile(r"[\x21-\x7e]{1,255}")
_POLL_SECONDS: Final = 0.05
_LONGEST_WAIT_SECONDS: Final = 30
_FEWEST: Final = 2

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Your name for this request: the same key again gives the same answer.",
        examples=["7a1f0b1e-issue-VN-0001"],
    ),
]
Wait = Annotated[
    int, Query(ge=0, le=_LONGEST_WAIT_SECONDS, description="Seconds to wait for the ledger.")
]


@router.post(
    "",
    status_code=202,
    responses=problems(409, 413, 415, 503),
    openapi_extra=SUBMIT_BODY,
)
def submit(
    node: Node,
    caller: Submitter,
    response: Response,
    body: Annotated[object, Depends(read_json_body)],
    idempotency_key: IdempotencyKey = None,
) -> RecordStatus:
    """Take a signed record and promise to carry it; the promise is durable before the answer.

    Who signed it, the ledger judges. The record's digest names it: the same record again is
    the same promise, with or without a key.
    """
    signed = parse_signed_record(body, node.folder.config.evm_chain_id)
    signed.recover()  # a signature that is none shall not cost a transaction
    request = _request_of(caller, idempotency_key, signed.to_json())
    entry = node.submit(signed, request)
    response.headers["Location"] = f"/v1/records/{entry.digest}"
    return _status_of(entry)


@router.post(
    "/together",
    status_code=202,
    responses=problems(409, 413, 415, 503),
    openapi_extra=TOGETHER_BODY,
)
def submit_together(
    node: Node,
    caller: Submitter,
    body: Annotated[object, Depends(read_json_body)],
    idempotency_key: IdempotencyKey = None,
) -> RecordStatuses:
    """Take records that one transaction carries, all or none; durable before the answer.

    Such as the draws on a certificate and the issue of another one, back-to-back. They become
    final together or are refused together; each is followed by its own digest.
    """
    if not isinstance(body, dict) or body.keys() != {"records"}:
        raise BodyMalformedError("give exactly the member records")
    values = body["records"]
    if not isinstance(values, list) or not _FEWEST <= len(values) <= SUBMIT_LIMIT:
        raise BodyMalformedError(f"records must be a list of {_FEWEST} to {SUBMIT_LIMIT} records")
    records = [parse_signed_record(value, node.folder.config.evm_chain_id) for value in values]
    if len({signed.digest for signed in records}) != len(records):
        raise BodyMalformedError("a record stands in the list twice")
    for signed in records:
        signed.recover()
    content = [signed.to_json() for signed in records]
    entries = node.submit_together(records, _request_of(caller, idempotency_key, content))
    return RecordStatuses(items=[_status_of(entry) for entry in entries])


@router.get("/{digest}", responses=problems(404))
async def follow(node: Node, _: Reader, digest: Identifier, wait: Wait = 0) -> RecordStatus:
    """Tell how far a record has come; with `wait`, as soon as the ledger has answered.

    With `wait`, a final record is also in the lists of this door, unless they lag behind the
    ledger for longer than that.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + wait
    while True:
        status, is_listed = await run_in_threadpool(_find_listed, node, digest)
        if is_listed or status.status is EntryStatus.REFUSED or loop.time() >= end:
            return status
        await asyncio.sleep(_POLL_SECONDS)


def _request_of(caller: Caller, key: str | None, content: object) -> Request | None:
    """Return the caller's name for a request, None where it gave none."""
    if key is None:
        return None
    if _KEY_FORM.fullmatch(key) is None:
        raise HeaderMalformedError("Idempotency-Key", "1 to 255 visible ASCII characters")
    digest = hashlib.sha256(rfc8785.dumps(cast("dict[str, Any]", content))).hexdigest()
    return Request(caller.scope, key, "0x" + digest)


def _find_listed(node: OrganisationNode, digest: str) -> tuple[RecordStatus, bool]:
    """Return a record's status, and whether the read models show it."""
    status = _find(node, digest)
    position = node.indexer.position()
    reached = -1 if position is None else position.block_number
    is_listed = status.block is not None and status.block <= reached
    if status.block is not None and not is_listed:
        node.wake()
    return status, is_listed


def _find(node: OrganisationNode, digest: str) -> RecordStatus:
    try:
        return _status_of(node.outbox.find(digest))
    except RecordUnknownError:
        with node.reading() as session:
            row = session.get(LedgerRecord, digest)
        if row is None:
            raise
        return RecordStatus(
            digest=row.digest,
            type=row.type_name,
            object=row.object_id,
            status=EntryStatus.FINAL,
            accepted_at=None,
            block=row.block_number,
            transaction=row.transaction_hash,
            reason=None,
        )


def _status_of(entry: Entry) -> RecordStatus:
    return RecordStatus(
        digest=entry.digest,
        type=entry.type_name,
        object=entry.object_id,
        status=entry.status,
        accepted_at=entry.accepted_at,
        block=entry.block_number,
        transaction=entry.transaction_hash,
        reason=entry.reason,
    )
