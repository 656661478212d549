import pytest

from contracts.errors import FormError
from contracts.origin.identifiers import (
    certificate_id,
    consignment_id,
    declaration_line_id,
    key_commitment,
)

KEY = b"\x11" * 32
OTHER = b"\x12" * 32


def test_identifiers_are_stable() -> None:
    # Computed once; a change would rename every object on every ledger.
    assert certificate_id(KEY, "VN", "D", "VN-ID-26-00001") == bytes.fromhex(
        "32166b2057af173613a902a5d6fa46c713d27cfc4635b8ae67e9877734d18fac"
    )
    assert consignment_id(KEY, "6VN0312345678-1") == bytes.fromhex(
        "d7b7e9c2c67bbafd57280e7095c39ec148d255c8adad3263a6b56853305a40dc"
    )
    assert declaration_line_id(KEY, "104512345670", 1) == bytes.fromhex(
        "30c865ad17f4995972f369501fc5d507251d3ecfa0753963cb0b71ae16dd0447"
    )
    assert key_commitment(KEY) == bytes.fromhex(
        "ea8a8f8051a477b7f5c3503525a09fb2f5252a99df9e4b7e2d0afb86b98ddd66"
    )


def test_each_part_counts() -> None:
    found = {
        certificate_id(KEY, "VN", "D", "A1"),
        certificate_id(OTHER, "VN", "D", "A1"),
        certificate_id(KEY, "TH", "D", "A1"),
        certificate_id(KEY, "VN", "E", "A1"),
        certificate_id(KEY, "VN", "D", "A2"),
        certificate_id(KEY, "VN", "DA", "1"),
        consignment_id(KEY, "A1"),
        declaration_line_id(KEY, "A1", 1),
        declaration_line_id(KEY, "A1", 2),
        declaration_line_id(KEY, "A", 11),
    }
    assert len(found) == 10


@pytest.mark.parametrize(
    "reference",
    ["", "vn-1", " VN1", "VN1 ", "VN 1", "-VN1", "VN1-", "V" * 36, "VN1\n", "VN\u0406", "VN_1"],
)
def test_reference_in_another_spelling(reference: str) -> None:
    with pytest.raises(FormError) as caught:
        certificate_id(KEY, "VN", "D", reference)
    assert caught.value.field == "reference_no"


@pytest.mark.parametrize("country", ["", "vn", "VNM", "V1"])
def test_country_in_another_spelling(country: str) -> None:
    with pytest.raises(FormError, match="two upper-case letters"):
        certificate_id(KEY, country, "D", "A1")


@pytest.mark.parametrize("form", ["", "d", "LONG FORM"])
def test_form_in_another_spelling(form: str) -> None:
    with pytest.raises(FormError, match="form"):
        certificate_id(KEY, "VN", form, "A1")


@pytest.mark.parametrize("line", [0, -1, 10_000])
def test_line_out_of_range(line: int) -> None:
    with pytest.raises(FormError, match="line"):
        declaration_line_id(KEY, "A1", line)


@pytest.mark.parametrize("key", [b"", b"\1" * 31, b"\1" * 33])
def test_key_of_another_size(key: bytes) -> None:
    with pytest.raises(FormError, match="identifier key"):
        consignment_id(key, "A1")
    with pytest.raises(FormError, match="identifier key"):
        key_commitment(key)
