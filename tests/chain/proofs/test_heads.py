import pytest

from chain.proofs.errors import MalformedError
from chain.proofs.heads import fold, initial_head, next_head
from chain.proofs.keccak import keccak256

OBJECT = b"\x07" * 32
DIGESTS = [bytes([at]) * 32 for at in range(1, 4)]


def test_heads_chain() -> None:
    start = initial_head("origin", 5, OBJECT)
    assert start == keccak256(b"origin".ljust(32, b"\0") + (5).to_bytes(32, "big") + OBJECT)
    first = keccak256(start + DIGESTS[0])
    assert next_head(start, DIGESTS[0]) == first
    assert fold(start, []) == start
    assert fold(start, DIGESTS) == fold(first, DIGESTS[1:])


def test_removal_addition_and_order_show() -> None:
    start = initial_head("origin", 5, OBJECT)
    whole = fold(start, DIGESTS)
    for other in (DIGESTS[1:], DIGESTS[:-1], DIGESTS[::-1], [*DIGESTS, DIGESTS[0]]):
        assert fold(start, other) != whole
    assert fold(initial_head("origin", 6, OBJECT), DIGESTS) != whole
    assert fold(initial_head("custody", 5, OBJECT), DIGESTS) != whole


@pytest.mark.parametrize("domain", ["", "x" * 33, "Ünicode", "nul\0"])
def test_domain_names_are_bounded(domain: str) -> None:
    with pytest.raises(MalformedError, match="domain name"):
        initial_head(domain, 5, OBJECT)


@pytest.mark.parametrize("chain_id", [-1, 1 << 256])
def test_chain_ids_are_bounded(chain_id: int) -> None:
    with pytest.raises(MalformedError, match="chain id"):
        initial_head("origin", chain_id, OBJECT)


def test_widths_are_exact() -> None:
    with pytest.raises(MalformedError, match="object id"):
        initial_head("origin", 5, OBJECT[1:])
    with pytest.raises(MalformedError, match="head"):
        next_head(OBJECT[1:], OBJECT)
    with pytest.raises(MalformedError, match="record digest"):
        next_head(OBJECT, OBJECT + b"\0")
    with pytest.raises(MalformedError, match="head"):
        fold(OBJECT[1:], [])
