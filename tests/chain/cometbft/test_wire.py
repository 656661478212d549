"""Frames of the ABCI socket: what goes in comes out, and nothing else passes."""

from __future__ import annotations

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.abci import echo, frame

from chain.engine.cometbft import abci_pb2 as abci
from chain.engine.cometbft.wire import (
    MAX_FRAME_BYTES,
    encode_response,
    encode_size,
    read_request,
)
from chain.errors import AbciFrameError


def read_size(encoded: bytes) -> int:
    size = 0
    for index, byte in enumerate(encoded):
        size |= (byte & 0x7F) << (7 * index)
    return size


@given(st.lists(st.text(max_size=300), max_size=5))
def test_requests_are_read_as_they_were_written(texts: list[str]) -> None:
    stream = io.BytesIO(b"".join(frame(echo(text)) for text in texts))
    for text in texts:
        request = read_request(stream)
        assert request is not None
        assert request.echo.message == text
    assert read_request(stream) is None


@given(st.integers(0, MAX_FRAME_BYTES))
def test_lengths_are_unsigned_varints(size: int) -> None:
    encoded = encode_size(size)
    assert read_size(encoded) == size
    assert all(byte >= 0x80 for byte in encoded[:-1])
    assert encoded[-1] < 0x80


@given(st.text(max_size=300))
def test_a_response_is_one_frame(text: str) -> None:
    response = abci.Response(echo=abci.ResponseEcho(message=text))
    encoded = encode_response(response)
    payload = response.SerializeToString()
    assert encoded == encode_size(len(payload)) + payload


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_an_error(content: bytes) -> None:
    stream, requests = io.BytesIO(content), []
    with contextlib.suppress(AbciFrameError):
        while (request := read_request(stream)) is not None:
            requests.append(request.WhichOneof("value"))
    assert None not in requests


@given(st.text(min_size=1, max_size=50), st.data())
def test_a_frame_cut_anywhere_is_refused(text: str, data: st.DataObject) -> None:
    whole = frame(echo(text))
    cut = data.draw(st.integers(1, len(whole) - 1))
    with pytest.raises(AbciFrameError, match="ended"):
        read_request(io.BytesIO(whole[:cut]))


BAD = {
    "a length without end": (b"\xff" * 20, "does not end"),
    "a length too large": (encode_size(MAX_FRAME_BYTES + 1), f"at most {MAX_FRAME_BYTES}"),
    "the largest length of five bytes": (b"\xff\xff\xff\xff\x7f", f"at most {MAX_FRAME_BYTES}"),
    "an empty frame": (b"\x00", "does not have"),
    "a kind that ABCI 2.0 does not have": (frame(b"\xfa\x07\x00"), "does not have"),
    "no protobuf": (frame(b"\xff\xff\xff"), "holds no ABCI request"),
    "text that is no UTF-8": (frame(b"\x0a\x03\x0a\x01\xff"), "holds no ABCI request"),
    "HTTP": (b"GET / HTTP/1.1\r\n\r\n" * 10, "not ABCI"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_frame_is_refused(name: str) -> None:
    content, text = BAD[name]
    with pytest.raises(AbciFrameError, match=text):
        read_request(io.BytesIO(content))


def test_the_largest_frame_is_read() -> None:
    text = "x" * (MAX_FRAME_BYTES - 16)
    request = read_request(io.BytesIO(frame(echo(text))))
    assert request is not None
    assert request.echo.message == text
