import pytest

from contracts.errors import FormError
from contracts.origin.identifiers import (
    application_id,
    certificate_id,
    consignment_id,
    declaration_line_id,
    export_line_id,
    exporter_code_id,
    key_commitment,
)

KEY = b"\x11" * 32
OTHER = b"\x12" * 32


def test_identifiers_are_stable() -> None:
    # Computed once; a change would rename every object on every ledger.
    assert certificate_id(KEY, "VN", "D", "VN-ID-26-00001") == bytes.fromhex(
        "564e6b2057af173613a902a5d6fa46c713d27cfc4635b8ae67e9877734d18fac"
    )
    assert consignment_id(KEY, "6VN0312345678-1") == bytes.fromhex(
        "d7b7e9c2c67bbafd57280e7095c39ec148d255c8adad3263a6b56853305a40dc"
    )
    assert declaration_line_id(KEY, "104512345670", 1) == bytes.fromhex(
        "30c865ad17f4995972f369501fc5d507251d3ecfa0753963cb0b71ae16dd0447"
    )
    assert export_line_id(KEY, "VN", "306512345670", 1) == bytes.fromhex(
        "564ec464a6d53f5dbaf85e8db596a3497857f9aa7a85ecdece3e16153461e39c"
    )
    assert application_id(KEY, "VN", "D", "2611-0042") == bytes.fromhex(
        "b56ad062081f6673eabcf14bc4c11090e339b6ffb34d096a661480e6ef3a303d"
    )
    assert exporter_code_id(KEY, "VN", "CE-0017") == bytes.fromhex(
        "564e78b72b46bb37073e2638334eaf2eed4e840536257a892825b2d74de9c680"
    )
    assert key_commitment(KEY) == bytes.fromhex(
        "ea8a8f8051a477b7f5c3503525a09fb2f5252a99df9e4b7e2d0afb86b98ddd66"
    )


@pytest.mark.parametrize("country", ["VN", "TH"])
def test_what_belongs_to_a_country_begins_with_it(country: str) -> None:
    found = {
        certificate_id(KEY, country, "D", "A1"),
        export_line_id(KEY, country, "A1", 1),
        exporter_code_id(KEY, country, "A1"),
    }
    assert len(found) == 3
    assert all(len(each) == 32 and each.startswith(country.encode()) for each in found)


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
        export_line_id(KEY, "VN", "A1", 1),
        application_id(KEY, "VN", "D", "A1"),
        exporter_code_id(KEY, "VN", "A1"),
    }
    assert len(found) == 13


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


@pytest.mark.parametrize("form", ["EUR.1", "EUR.1-UK", "VN-UAE", "AANZ", "D"])
def test_names_of_forms_that_fit_the_ledger(form: str) -> None:
    assert len(certificate_id(KEY, "VN", form, "A1")) == 32


@pytest.mark.parametrize("form", ["EUR.1-UKX", "-D", "D-", "D D", "\uff24"])
def test_names_that_no_form_has(form: str) -> None:
    with pytest.raises(FormError, match="form"):
        certificate_id(KEY, "VN", form, "A1")


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        (
            "VN-\u0410B-1",
            "U+0410 CYRILLIC CAPITAL LETTER A, which only looks like A, at position 4",
        ),
        ("VN-1\uff12", "U+FF12 FULLWIDTH DIGIT TWO, which only looks like 2, at position 5"),
        ("VN\u200b-1", "U+200B ZERO WIDTH SPACE, which cannot be seen, at position 3"),
        ("\ufeffVN-1", "U+FEFF ZERO WIDTH NO-BREAK SPACE, which cannot be seen, at position 1"),
        ("VN\u20131", "U+2013 EN DASH, which only looks like -, at position 3"),
        ("VN-\u00dc", "U+00DC LATIN CAPITAL LETTER U WITH DIAERESIS at position 4"),
        ("\u039dN-1", "U+039D GREEK CAPITAL LETTER NU, which only looks like N, at position 1"),
    ],
    ids=ascii,
)
def test_letters_that_only_look_right_are_named(reference: str, told: str) -> None:
    with pytest.raises(FormError) as caught:
        certificate_id(KEY, "VN", "D", reference)
    assert f"holds {told};" in str(caught.value)
    assert str(caught.value).isascii()


def test_applications_and_exporters_are_spelled_canonically() -> None:
    with pytest.raises(FormError) as caught:
        application_id(KEY, "VN", "D", "a-1")
    assert caught.value.field == "application_no"
    with pytest.raises(FormError) as caught:
        exporter_code_id(KEY, "VN", "CE 1")
    assert caught.value.field == "exporter_code"
    with pytest.raises(FormError, match="two upper-case"):
        exporter_code_id(KEY, "V", "CE-1")
    with pytest.raises(FormError, match="line"):
        export_line_id(KEY, "VN", "A1", 0)
