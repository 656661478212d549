"""Bundles and trust files: exactly the demanded members, each in its one form."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vectors import reader

from chain.proofs.constants import NANOSECONDS, TimeNs
from contracts.bundles import Bundle, Trust
from contracts.bundles.bundle import MAX_CHANGES
from contracts.bundles.errors import MemberError
from contracts.bundles.json_text import write_canonical
from contracts.bundles.members import Members, parse_time, write_time

BUNDLE: dict[str, Any] = json.loads(reader.bundle_bytes("drawn"))
TRUST: dict[str, Any] = reader.document()["trust"]


@pytest.mark.parametrize("name", ["drawn", "changes", "upgraded-untouched", "undisclosed"])
def test_bundles_round_trip(name: str) -> None:
    data = reader.bundle_bytes(name)
    assert Bundle.parse(data).to_bytes() == data


def members_of(value: Any, path: str = "") -> Any:
    """Yield the path of every object that the format itself describes."""
    if isinstance(value, dict):
        if "message" not in value:
            yield path
        for name, item in value.items():
            if name != "message" and "message" not in value:
                yield from members_of(item, f"{path}/{name}")
    if isinstance(value, list) and value:
        yield from members_of(value[0], f"{path}/0")


def place(value: Any, path: str) -> Any:
    for name in path.split("/")[1:]:
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


@pytest.mark.parametrize("path", list(members_of(BUNDLE)))
def test_bundle_members_are_exact(path: str) -> None:
    for name in place(BUNDLE, path):
        value = copy.deepcopy(BUNDLE)
        del place(value, path)[name]
        with pytest.raises(MemberError, match=f"{name}: it is missing"):
            Bundle.parse(write_canonical(value))
    value = copy.deepcopy(BUNDLE)
    place(value, path)["zzz"] = "1"
    with pytest.raises(MemberError, match="zzz: it is unknown"):
        Bundle.parse(write_canonical(value))


@pytest.mark.parametrize("path", list(members_of(TRUST)))
def test_trust_members_are_exact(path: str) -> None:
    for name in place(TRUST, path):
        value = copy.deepcopy(TRUST)
        del place(value, path)[name]
        with pytest.raises(MemberError, match=f"{name}: it is missing"):
            Trust.parse(json.dumps(value).encode())
    value = copy.deepcopy(TRUST)
    place(value, path)["zzz"] = "1"
    with pytest.raises(MemberError, match="zzz: it is unknown"):
        Trust.parse(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("/format", "tradeseal-bundle/2", "format: it must be"),
        ("/object", [], "object: it must be an object"),
        ("/object/domain", "", "object.domain"),
        ("/object/domain", "a-b", "object.domain"),
        ("/object/id", "0x00", "1 bytes instead of 32"),
        ("/object/id", None, "object.id: it must be a string"),
        ("/evmHeader", "00", "evmHeader: it must be 0x"),
        ("/evmHeader", "0x0", "evmHeader: it must be 0x"),
        ("/evmHeader", "0xAA", "evmHeader: it must be 0x"),
        ("/seal/header", "0x" + "0" * (1 << 20), "at most 1 MiB"),
        ("/validatorChanges", "none", "it must be a list"),
        ("/validatorChanges", [None] * (MAX_CHANGES + 1), "at most 1000"),
        ("/validatorChanges", [None], "validatorChanges[0]: it must be an object"),
        ("/state/nodes", ["0x01", "0x00"], "sorted"),
        ("/state/nodes", ["0x00", "0x00"], "sorted"),
        ("/storage/0/address", "0x" + "ff" * 20, "sorted by address"),
        ("/records", ["text"], "records[0]: it must be a signed record"),
        ("/document", "text", "document: it must be an object"),
        ("/document/disclosures", [None], "document.disclosures[0]"),
    ],
)
def test_bundle_values_are_exact(path: str, value: Any, reason: str) -> None:
    altered = copy.deepcopy(BUNDLE)
    parent, _, name = path.rpartition("/")
    place(altered, parent)[name] = value
    with pytest.raises(MemberError) as fault:
        Bundle.parse(write_canonical(altered))
    assert reason in str(fault.value)


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("/format", "tradeseal-trust/2", "format: it must be"),
        ("/chainId", "", "chainId: it must have 1 to 50 bytes"),
        ("/chainId", "x" * 51, "chainId: it must have 1 to 50 bytes"),
        ("/evmChainId", "01", "evmChainId: it must be a decimal integer"),
        ("/evmChainId", "-1", "evmChainId: it must be a decimal integer"),
        ("/evmChainId", str(1 << 256), "evmChainId: it must be a decimal integer"),
        ("/validators", [], "validators: 0 validators"),
        ("/checkpoint/height", "5", "only the genesis"),
        ("/checkpoint/headerHash", "0x" + "00" * 32, "the genesis, height 0, has none"),
        ("/checkpoint/time", "2026-01-01", "it is no time"),
        ("/checkpoint/time", "2026-02-30T00:00:00Z", "it is no time"),
        ("/trustingPeriod", "99999999999", "trustingPeriod"),
        ("/membership/layout/keys", "x", "membership.layout.keys"),
    ],
)
def test_trust_values_are_exact(path: str, value: Any, reason: str) -> None:
    altered = copy.deepcopy(TRUST)
    parent, _, name = path.rpartition("/")
    place(altered, parent)[name] = value
    with pytest.raises(MemberError) as fault:
        Trust.parse(json.dumps(altered).encode())
    assert reason in str(fault.value)


def test_trust_round_trips() -> None:
    trust = Trust.parse(json.dumps(TRUST).encode())
    assert trust.to_json() == TRUST
    assert Trust.parse(trust.to_bytes()) == trust
    later = copy.deepcopy(TRUST)
    later["checkpoint"] = {
        "height": "7",
        "time": "2026-02-03T04:05:06.000000007Z",
        "headerHash": "0x" + "12" * 32,
    }
    assert Trust.parse(json.dumps(later).encode()).to_json() == later


@given(st.integers(-62_135_596_800 * NANOSECONDS, 253_402_300_800 * NANOSECONDS - 1))
def test_times_round_trip(time: int) -> None:
    assert parse_time(write_time(TimeNs(time))) == time


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00+00:00",
        "2026-01-01T00:00:00.10Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01t00:00:00z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:60Z",
        "0000-01-01T00:00:00Z",
        " 2026-01-01T00:00:00Z",
    ],
)
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_time(text)


def test_paths_begin_at_the_file() -> None:
    with pytest.raises(MemberError, match=r"^the file: it must be an object"):
        Members([], "", "a")
