"""Apply a case of bundles.json: what a verifier in another language does too."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from chain.proofs.constants import NANOSECONDS
from clients.auditor import Question
from contracts.bundles import Trust
from contracts.bundles.json_text import write_canonical
from contracts.bundles.members import parse_time

HERE = Path(__file__).parent


@cache
def document() -> dict[str, Any]:
    value: dict[str, Any] = json.loads((HERE / "bundles.json").read_text())
    return value


def bundle_bytes(name: str) -> bytes:
    return (HERE / "bundles" / f"{name}.json").read_bytes()


def cases() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document()["cases"]
    return found


def case_bundle(case: dict[str, Any]) -> bytes:
    data = bundle_bytes(case["bundle"])
    if "patch" in case:
        value = json.loads(data)
        patch(value, case["patch"])
        return write_canonical(value)
    change = case.get("bytes", {})
    if "truncate" in change:
        data = data[: int(change["truncate"])]
    if "append" in change:
        data += bytes.fromhex(change["append"])
    if "replace" in change:
        old, new = change["replace"]
        assert old.encode() in data
        data = data.replace(old.encode(), new.encode(), 1)
    return data


def case_trust(case: dict[str, Any]) -> Trust:
    value = json.loads(json.dumps(document()["trust"]))
    patch(value, case.get("trust_patch", []))
    return Trust.parse(json.dumps(value).encode())


def case_question(case: dict[str, Any]) -> Question:
    return Question(
        parse_time(case["at"]), int(case["maxAge"]) * NANOSECONDS, parse_time(case["now"])
    )


def patch(value: Any, operations: list[dict[str, Any]]) -> None:
    """Apply the part of RFC 6902 that the cases use."""
    for operation in operations:
        *parents, last = operation["path"].split("/")[1:]
        place = value
        for name in parents:
            place = place[int(name)] if isinstance(place, list) else place[name]
        given = json.loads(json.dumps(operation.get("value")))
        key: Any = int(last) if isinstance(place, list) else last
        match operation["op"]:
            case "remove":
                del place[key]
            case "replace":
                assert isinstance(place, list) or key in place
                place[key] = given
            case "add" if isinstance(place, list):
                place.insert(key, given)
            case "add":
                place[key] = given
            case other:
                raise AssertionError(other)
