"""Frames of the ABCI socket protocol: an unsigned varint with the length, then the message.

Source: CometBFT v0.38, abci/types/messages.go and libs/protoio (uvarint-delimited messages).
"""

from __future__ import annotations

from typing import BinaryIO, Final

from google.protobuf.message import DecodeError

from chain.engine.cometbft.abci_pb2 import Request, Response
from chain.errors import AbciFrameError

MAX_FRAME_BYTES: Final = 16_777_216
"""Far more than a block of the largest size and all that goes with it (see `home`); CometBFT itself
would read six times as much."""

_MAX_VARINT_BYTES: Final = 5
_CONTINUES: Final = 0x80


def read_request(stream: BinaryIO) -> Request | None:
    """Read one request; None where the stream ends between two of them.

    Raises:
        AbciFrameError: The bytes are no frame, or no request.
        OSError: The connection broke.
    """
    size = _read_size(stream)
    if size is None:
        return None
    payload = stream.read(size)
    if len(payload) < size:
        raise AbciFrameError(f"the stream ended after {len(payload)} of {size} bytes")
    try:
        request = Request.FromString(payload)
    except DecodeError as exc:
        raise AbciFrameError("the frame holds no ABCI request") from exc
    if request.WhichOneof("value") is None:
        raise AbciFrameError("the request is of a kind that ABCI 2.0 does not have")
    return request


def _read_size(stream: BinaryIO) -> int | None:
    size = 0
    for index in range(_MAX_VARINT_BYTES):
        byte = stream.read(1)
        if not byte:
            if index:
                raise AbciFrameError("the stream ended within a length")
            return None
        size |= (byte[0] & ~_CONTINUES) << (7 * index)
        if byte[0] < _CONTINUES:
            if size > MAX_FRAME_BYTES:
                raise AbciFrameError(f"a frame of {size} bytes, at most {MAX_FRAME_BYTES} are read")
            return size
    raise AbciFrameError("a length does not end")


def encode_response(response: Response) -> bytes:
    """Return a response as one frame."""
    payload = response.SerializeToString()
    return encode_size(len(payload)) + payload


def encode_size(size: int) -> bytes:
    """Return a length as an unsigned varint."""
    encoded = bytearray()
    while size >= _CONTINUES:
        encoded.append(size & 0x7F | _CONTINUES)
        size >>= 7
    encoded.append(size)
    return bytes(encoded)
