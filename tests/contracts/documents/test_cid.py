"""CIDs of known files; that Kubo gives the same, tests/node/vault asks the program itself."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.documents.cid import (
    CHUNK_SIZE,
    DAG_PB,
    RAW,
    Cid,
    CidHasher,
    file_cid,
    parse_cid,
    parts_cid,
)
from contracts.errors import CidError

EMPTY = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"


def test_a_small_file_is_its_own_leaf() -> None:
    assert str(file_cid(b"")) == EMPTY
    assert file_cid(b"") == Cid.of_block(b"")
    assert file_cid(bytes(CHUNK_SIZE)).codec == RAW
    assert file_cid(bytes(CHUNK_SIZE + 1)).codec == DAG_PB


# `ipfs add --only-hash --cid-version=1 --raw-leaves --chunker=size-262144 --max-file-links=174`
# (Kubo 0.42.0) over this many bytes of `random.Random(size).randbytes(size)`.
KNOWN = {
    0: "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
    1: "bafkreiekgmp53zydf4z2ohq3fysx3aawny2i4ah4wf4rj5el3nl2drrqa4",
    262_143: "bafkreih2hom5mdt3hxznampdzj6ksv6o36vafqqctcrkoz5rfhpw3eodwu",
    262_144: "bafkreih2bk74eu5axngebs6vftmmkcaqboysjjy726xzy5hksnqmfgw5fy",
    262_145: "bafybeidbbs6ocod3v27jtr4uhvc6n55y3gbrtur3bvjsnraudtbxkozi2y",
    600_000: "bafybeidfivh3r6ophrnnxh26w6valoz5ermvfmx4riuny4qxamawxh6sme",
    45_613_056: "bafybeih3ebhydpblov22wbakszm4spvku7hbo3oa5gdhgoh7gnub26mtx4",
    45_613_057: "bafybeidsyc3rx6lmbjml2fg4ucagkjh3kse6tbphoyyhms46fqhmu6ujbi",
    52_428_800: "bafybeiczamoutpgwdw2prusvvucu4cwuzvszmujf5mm3yesjr3mqx7u6ty",
}


@pytest.mark.parametrize("size", KNOWN)
def test_what_kubo_says(size: int) -> None:
    assert str(file_cid(random.Random(size).randbytes(size))) == KNOWN[size]


@given(st.data())
def test_the_parts_do_not_matter(data: st.DataObject) -> None:
    content = random.Random(7).randbytes(3 * CHUNK_SIZE + 5)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=6)))
    bounds = [0, *cuts, len(content)]
    parts = [content[a:b] for a, b in itertools.pairwise(bounds)]
    assert parts_cid(parts) == file_cid(content)


def test_asking_in_between_changes_nothing() -> None:
    hasher = CidHasher()
    hasher.update(bytes(CHUNK_SIZE))
    assert hasher.cid() == file_cid(bytes(CHUNK_SIZE))
    hasher.update(b"x")
    assert hasher.cid() == file_cid(bytes(CHUNK_SIZE) + b"x")
    assert hasher.size == CHUNK_SIZE + 1


@given(st.binary(min_size=32, max_size=32), st.sampled_from([RAW, DAG_PB]))
def test_text_and_bytes_go_round(digest: bytes, codec: int) -> None:
    cid = Cid(codec, digest)
    assert parse_cid(str(cid)) == cid
    assert len(cid.to_bytes()) == 36
    assert len(str(cid)) == 59


def test_a_digest_names_a_raw_block() -> None:
    cid = file_cid(b"manifest")
    assert Cid.raw(cid.digest) == cid
    with pytest.raises(CidError):
        Cid.raw(cid.digest[:31])


@pytest.mark.parametrize(
    "text",
    ["", "b", EMPTY[:-1], EMPTY + "a", EMPTY.upper(), EMPTY + "=", " " + EMPTY, EMPTY[1:],
     "z" + EMPTY[1:], EMPTY[:-1] + "v", "bafkreidw" + EMPTY[9:] + "\n",
     "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG",
     "bafybmihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
     "\u0432" + EMPTY[1:]],
    ids=repr,
)  # fmt: skip
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(CidError, match="CIDv1"):
        parse_cid(text)
