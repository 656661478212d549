import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from chain.proofs.keccak import keccak256
from contracts.abi import selector
from contracts.artifacts import NAMES, load_artifact
from contracts.artifacts import build as artifact_build
from contracts.artifacts.build import build, check, compile_contract
from contracts.beacon.events import BEACON_EVENTS
from contracts.beacon.records import BEACON_RECORDS
from contracts.clearance.events import CLEARANCE_EVENTS
from contracts.clearance.records import CLEARANCE_RECORDS
from contracts.errors import ArtifactError
from contracts.events import event_topic
from contracts.issuance.events import ISSUANCE_EVENTS
from contracts.issuance.records import ISSUANCE_RECORDS
from contracts.membership.events import MEMBERSHIP_EVENTS
from contracts.membership.records import MEMBERSHIP_RECORDS, KeyPossession
from contracts.origin.events import ORIGIN_EVENTS
from contracts.origin.records import ORIGIN_RECORDS
from contracts.payments.events import PAYMENTS_EVENTS
from contracts.payments.records import PAYMENTS_RECORDS
from contracts.records.record import type_string

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "contracts" / "artifacts"
EVENTS = {
    "membership": MEMBERSHIP_EVENTS,
    "origin": ORIGIN_EVENTS,
    "issuance": ISSUANCE_EVENTS,
    "payments": PAYMENTS_EVENTS,
    "beacon": BEACON_EVENTS,
    "clearance": CLEARANCE_EVENTS,
}
RECORDS = {
    "membership": (*MEMBERSHIP_RECORDS, KeyPossession),
    "origin": ORIGIN_RECORDS,
    "issuance": ISSUANCE_RECORDS,
    "payments": PAYMENTS_RECORDS,
    "beacon": BEACON_RECORDS,
    "clearance": CLEARANCE_RECORDS,
}


def stored(name: str) -> dict[str, object]:
    return dict(json.loads(files("contracts.artifacts").joinpath(f"{name}.json").read_text()))


def test_artifacts_are_fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifact_build, "_FOLDER", tmp_path)
    build()
    for name in NAMES:
        built = (tmp_path / f"{name}.json").read_text()
        assert built == (ARTIFACTS / f"{name}.json").read_text(), "run contracts.artifacts.build"


def test_missing_and_stale_artifacts_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifact_build, "NAMES", ("issuance",))
    check()
    monkeypatch.setattr(artifact_build, "_FOLDER", tmp_path)
    with pytest.raises(ArtifactError, match=r"contracts\.artifacts\.build"):
        check()
    (tmp_path / "issuance.json").write_text("{}")
    with pytest.raises(ArtifactError, match="issuance"):
        check()


def test_compilation_does_not_depend_on_the_place(tmp_path: Path) -> None:
    for name in ("records", "commitments", "origin", "issuance"):
        shutil.copytree(ROOT / "contracts" / name, tmp_path / "contracts" / name)
    assert compile_contract("origin", tmp_path) == (ARTIFACTS / "origin.json").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_artifact_names_no_path(name: str) -> None:
    assert str(ROOT) not in json.dumps(stored(name))


@pytest.mark.parametrize("name", NAMES)
def test_code_fits_the_limit(name: str) -> None:
    artifact = load_artifact(name)
    assert len(artifact.runtime) < 24_576 - 96
    assert stored(name)["runtime_hash"] == "0x" + artifact.code_hash().hex()
    assert artifact.code_hash(b"\1" * 32) == keccak256(artifact.runtime + b"\1" * 32)


def test_missing_artifact() -> None:
    with pytest.raises(ArtifactError, match="nothing"):
        load_artifact("nothing")


@pytest.mark.parametrize("name", NAMES)
def test_events_are_declared_alike(name: str) -> None:
    declared = {
        entry["name"]: "{}({})".format(
            entry["name"], ",".join(item["type"] for item in entry["inputs"])
        )
        for entry in stored(name)["abi"]  # type: ignore[attr-defined]
        if entry["type"] == "event"
    }
    indexed = {
        entry["name"]: sum(item["indexed"] for item in entry["inputs"])
        for entry in stored(name)["abi"]  # type: ignore[attr-defined]
        if entry["type"] == "event"
    }
    ours = EVENTS[name]
    assert {event.NAME for event in ours} == declared.keys()
    for event in ours:
        assert event_topic(event) == keccak256(declared[event.NAME].encode())
        assert indexed[event.NAME] == event.INDEXED


@pytest.mark.parametrize("name", NAMES)
def test_record_types_are_declared_alike(name: str) -> None:
    sources = sorted((ROOT / "contracts" / name).glob("*.vy"))
    source = "".join(path.read_text() for path in sources)
    for record in RECORDS[name]:
        assert f'"{type_string(record)}"' in source


@pytest.mark.parametrize("name", NAMES)
def test_selectors_are_ours(name: str) -> None:
    selectors: dict[str, str] = stored(name)["selectors"]  # type: ignore[assignment]
    for signature, value in selectors.items():
        assert selector(signature) == bytes.fromhex(value[2:].rjust(8, "0"))
