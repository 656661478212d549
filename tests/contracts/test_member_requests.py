"""Signed requests with a body."""

import pytest

from clients.sdk.keystore import SigningKey
from contracts.errors import RecordSignatureError
from contracts.member_requests import MemberRequest, body_hash, signed_request

KEY = SigningKey(b"\x05" * 32)
DOOR = "0x" + "a1" * 32
REQUEST = MemberRequest("POST", "/v1/x?y=1", DOOR, 1_000, body_hash(b"{}"))


def read(header: str, **changes: object) -> tuple[MemberRequest, bytes]:
    values = {"method": "POST", "path": "/v1/x?y=1", "organisation": DOOR, "now": 1_060}
    return signed_request(header, **(values | changes))  # type: ignore[arg-type]


def test_a_request_names_who_signed_it_and_its_body() -> None:
    request, key = read(REQUEST.sign(KEY.secret))
    assert (request, key) == (REQUEST, KEY.key_id)


@pytest.mark.parametrize(
    "changes", [{"method": "GET"}, {"path": "/v1/x?y=2"}, {"organisation": "0x" + "a2" * 32}]
)
def test_elsewhere_it_is_another_key(changes: dict[str, object]) -> None:
    assert read(REQUEST.sign(KEY.secret), **changes)[1] != KEY.key_id


@pytest.mark.parametrize("now", [939, 1_061])
def test_it_holds_for_a_minute(now: int) -> None:
    with pytest.raises(RecordSignatureError, match="60 s"):
        read(REQUEST.sign(KEY.secret), now=now)


@pytest.mark.parametrize("header", ["", "Bearer x", 'Tradeseal time="1"', "r-is-zero"])
def test_other_headers_are_none(header: str) -> None:
    if header == "r-is-zero":
        header = f'Tradeseal time="1000", body="0x{"00" * 32}", signature="0x{"00" * 65}"'
    with pytest.raises(RecordSignatureError):
        read(header)
