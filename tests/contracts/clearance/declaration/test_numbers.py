"""Declaration numbers, container numbers, tax codes."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.clearance.declaration import (
    AmendmentLimitError,
    DeclarationNumber,
    DeclarationNumberError,
    container,
    tax_code,
)

VECTORS = Path(__file__).parents[5] / "shared" / "data" / "test_vectors.json"


@pytest.mark.parametrize(
    ("text", "direction"), [("107000000010", "import"), ("300000000009", "export")]
)
def test_number(text: str, direction: str) -> None:
    number = DeclarationNumber.parse(text)
    assert str(number) == text
    assert number.direction() == direction
    assert number.amendment == int(text[-1])


@pytest.mark.parametrize("text", ["", "10700000001", "1070000000100", "207000000010",
                                  "10700000001A", "\uff1107000000010",
                                  " 107000000010", "\x1b[31m"],
                         ids=repr)  # fmt: skip
def test_no_number(text: str) -> None:
    with pytest.raises(DeclarationNumberError) as caught:
        DeclarationNumber.parse(text)
    assert caught.value.findings[0].code == "DECL_NUMBER_FORM"
    assert "\x1b" not in str(caught.value)


def test_nine_amendments_and_no_tenth() -> None:
    number = DeclarationNumber.parse("107000000010")
    for count in range(1, 10):
        number = number.amended()
        assert (number.amendment, number.stem) == (count, "10700000001")
    with pytest.raises(AmendmentLimitError, match="107000000019 has 9 amendments"):
        number.amended()


def vectors() -> list[dict[str, object]]:
    if not VECTORS.exists():
        return []
    found: list[dict[str, object]] = json.loads(VECTORS.read_text())["iso6346"]
    return found


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not beside the project")
@pytest.mark.parametrize("vector", vectors(), ids=str)
def test_shared_container(vector: dict[str, object]) -> None:
    code = str(vector["code"])
    assert (int(code[-1]) == container.check_digit(code)) == vector.get("valid", True)
    if "check" in vector:
        assert container.check_digit(code) == vector["check"]


@pytest.mark.parametrize(("code", "digit"), [("CSQU305438", 3), ("TSLU100003", 0)])
def test_container(code: str, digit: int) -> None:
    assert container.check_digit(code) == digit
    assert not container.is_ambiguous(code)


def test_a_remainder_of_ten_is_written_zero() -> None:
    assert container.is_ambiguous("TEMU000008")
    assert container.check_digit("TEMU000008") == 0


@given(st.from_regex(r"[A-Z]{3}[UJZ][0-9]{6}", fullmatch=True), st.integers(0, 9), st.data())
def test_one_wrong_digit_of_a_container_is_found(
    code: str, digit: int, data: st.DataObject
) -> None:
    place = data.draw(st.integers(4, 9))
    changed = code[:place] + str(digit) + code[place + 1 :]
    same = container.check_digit(changed) == container.check_digit(code)
    ten = container.is_ambiguous(code) or container.is_ambiguous(changed)
    assert same == (changed == code) or ten


@pytest.mark.parametrize("code", ["0100109106", "0300588569", "0100112437", "0100109106-014",
                                  "001099012345"])  # fmt: skip
def test_tax_code(code: str) -> None:
    """Published codes of large enterprises, a branch, and a person's twelve digits."""
    assert tax_code.is_tax_code(code)
    assert tax_code.has_check_digit(code)


@pytest.mark.parametrize("code", ["0100109107", "0300588560", "1000109106", "0100109105-014"])
def test_tax_code_with_another_check_digit(code: str) -> None:
    assert tax_code.is_tax_code(code)
    assert not tax_code.has_check_digit(code)


@pytest.mark.parametrize("code", ["", "010010910", "01001091066", "0100109106-1", "0100109106-000",
                                  "01.00.109.106", "\uff10100109106", "0100109106-0145"],
                         ids=repr)  # fmt: skip
def test_no_tax_code(code: str) -> None:
    assert not tax_code.is_tax_code(code)


def test_nine_digits_that_no_code_begins_with() -> None:
    assert tax_code.check_digit("000000000") is None
    assert not any(tax_code.has_check_digit(f"000000000{digit}") for digit in range(10))


@given(st.from_regex(r"[0-9]{9}", fullmatch=True), st.integers(0, 8), st.integers(0, 9))
def test_one_wrong_digit_of_a_tax_code_is_found(digits: str, place: int, digit: int) -> None:
    changed = digits[:place] + str(digit) + digits[place + 1 :]
    same = tax_code.check_digit(changed) == tax_code.check_digit(digits)
    assert same == (changed == digits)
