"""Declarations of a real stream on a solo ledger: from submission to the channel, and replayed."""

from __future__ import annotations

import argparse
import csv
import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from common import peak_memory_mb, save
from sqlalchemy import select
from support.beacons import roots_of, secret_of
from support.clearance_doors import SECOND, clearance_genesis
from support.organisations import CHAIN_ID, CUSTOMS_VN, EXPORTER, PASSWORD, Network
from support.paying import customs_folder

from api.clearance.assessor import RiskAssessor, load_model
from api.clearance.intake import read_submitted
from api.clearance.kept import replay_kept
from api.clearance.sources import FolderSource
from api.risk.rules import by_hash
from api.tax.office import TaxOffice
from contracts.beacon.identifiers import key_id
from contracts.beacon.records import BeaconKeyAdmit, BeaconKeyRegister
from contracts.clearance.declaration import tax_code
from contracts.clearance.declaration.example import example_json
from contracts.clearance.identifiers import rates_id
from contracts.clearance.records import Approval, Channel, RatesSet
from contracts.clearance.state import pack_rates
from contracts.membership.founding import founded_address
from contracts.records.record import Record, RecordDomain
from contracts.records.signed import SignedRecord
from node.beacon.keys import BEACON_KEY_NAME
from node.clearance.tables import ClearanceMarkRow, ClearanceRow
from node.files import create_private
from node.organisation import OrganisationNode
from node.outbox.tables import EntryStatus

ROWS = Path(__file__).parent.parent.parent / "shared/data/kcs_synthetic/df_syn_valid_eng.csv"
OFFERED_PER_SECOND = 2
STREAM = 100
COMMITS = 15
HOUR = 3_600
PATIENCE = 900.0
SWITCH_SECONDS = 0.0005  # two nodes and their ledger share this process: turns must be short
SEA, AIR = ("1", "705"), ("4", "740")
logging.disable(logging.WARNING)


class Customs:
    """Customs and another holder of a beacon key, at work in this process on one ledger."""

    def __init__(self, folder: Path) -> None:
        self.network = Network(
            folder, sealing=True, genesis=clearance_genesis(), clerks=(CUSTOMS_VN, EXPORTER)
        )
        self.network.time = int(time.time())
        folders = (customs_folder(self.network), self.network.organisation(EXPORTER))
        for member, made in zip((CUSTOMS_VN, EXPORTER), folders, strict=True):
            pem = secret_of(member.name).to_pem(PASSWORD)
            create_private(made.keys / BEACON_KEY_NAME, pem)
        self.folder = folders[0]
        self.node, self.other = (self.network.node(made) for made in folders)
        self.node.clearance.appoint(
            RiskAssessor(self.node, TaxOffice(folders[0].path), load_model())
        )
        for node in (self.node, self.other):
            node.step()
            node.start()
        for member in (CUSTOMS_VN, EXPORTER):
            self._seat(member)
        self._set_rates()

    @property
    def now(self) -> int:
        return int(self.network.now().timestamp())

    def close(self) -> None:
        self.network.close()

    def put(self, node: OrganisationNode, record: Record, secret: bytes) -> float:
        """Put one record on the ledger; return the seconds until it was final."""
        domain = RecordDomain(CHAIN_ID, founded_address(record.DOMAIN))
        signed = SignedRecord.sign(record, domain, secret)
        started = time.perf_counter()
        node.submit(signed)
        while True:
            entry = node.outbox.find("0x" + signed.digest.hex())
            if entry.is_settled:
                assert entry.status is EntryStatus.FINAL, entry.reason
                return time.perf_counter() - started
            time.sleep(0.001)

    def commit(self) -> float:
        """Return the seconds that one record alone takes from submission to final."""
        record = RatesSet(rates_id("VN"), pack_rates((10_000,) * 9), self.now, self.now + HOUR)
        time.sleep(1.1)  # the record of another second is another record
        return self.put(self.node, record, CUSTOMS_VN.officer.secret)

    def _set_rates(self) -> None:
        asked = RatesSet(rates_id("VN"), pack_rates((10_000,) * 9), self.now, self.now + HOUR)
        self.put(self.node, asked, CUSTOMS_VN.officer.secret)
        domain = RecordDomain(CHAIN_ID, founded_address(asked.DOMAIN))
        named = SignedRecord.sign(asked, domain, CUSTOMS_VN.officer.secret).digest
        approval = Approval(rates_id("VN"), named, self.now, self.now + HOUR)
        self.put(self.node, approval, SECOND.secret)

    def _seat(self, member: Any) -> None:
        key = key_id("VN", secret_of(member.name).modulus)
        roots, now = roots_of(member.name, member.id), self.now
        asked = BeaconKeyRegister(key, secret_of(member.name).modulus, roots, now, now + HOUR)
        self.put(self.node, asked, member.officer.secret)
        self.put(self.node, BeaconKeyAdmit(key, now, now + HOUR), CUSTOMS_VN.officer.secret)


class Followed:
    """Watches the read models for channels as the ledger has them."""

    def __init__(self, node: OrganisationNode) -> None:
        self._node = node
        self._block = -1
        self._known: set[str] = set()
        self.at: dict[str, float] = {}

    def look(self) -> None:
        """Note the declarations whose channel is on the ledger now for the first time."""
        marks = select(ClearanceMarkRow.object_id, ClearanceMarkRow.block_number).where(
            ClearanceMarkRow.event == "ChannelDecided",
            ClearanceMarkRow.block_number >= self._block,
        )
        with self._node.reading() as session:
            rows = session.execute(marks).all()
        at = time.perf_counter()
        for name, block in rows:
            self.at.setdefault(name, at)
            self._block = max(self._block, block)

    def until(self, names: Sequence[str]) -> None:
        """Wait until all have a channel."""
        end = time.perf_counter() + PATIENCE
        while any(name not in self.at for name in names):
            assert time.perf_counter() < end, sum(name not in self.at for name in names)
            self.look()
            time.sleep(0.005)


def rows(count: int, skipped: int = 0) -> list[dict[str, str]]:
    """Return some rows of the file, in its order."""
    with ROWS.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))[skipped : skipped + count]


def code_of(name: str) -> str:
    """Return a valid tax code that is the same for the same name."""
    number = 990_000_000 + int.from_bytes(name.encode(), "big") % 9_000_000
    while (digit := tax_code.check_digit(str(number))) is None:
        number += 1
    return f"{number}{digit}"


def declaration(row: dict[str, str], day: date) -> dict[str, Any]:
    """Return a valid import declaration of what a row says, as of a day."""
    found = example_json("import_green")
    number, item = row["Declaration ID"], found["lines"][0]
    for name in ("declaration_no", "certificates", "containers"):
        found.pop(name)
    mode, document = AIR if row["Mode of Transport"] == "40" else SEA
    partner = _abroad(row["Country of Departure"])
    price = str(max(Decimal(row["Item Price"]).quantize(Decimal("0.01")), Decimal("0.01")))
    mass = str(max(Decimal(row["Net Mass"]), Decimal("0.1")).normalize().__format__("f"))
    home = {"name": f"Declarant {row['Declarant ID']}", "address": "-", "country": "VN"}
    importer = f"Importer {row['Importer ID']}"
    found |= {
        "office": f"{row['Office ID']}CC",
        "declared_on": day.isoformat(),
        "declarant": home | {"tax_code": code_of(row["Declarant ID"])},
        "importer": home | {"name": importer, "tax_code": code_of(row["Importer ID"])},
        "exporter": {"name": f"Seller {row['Seller ID']}", "address": "-", "country": partner},
        "ucr": f"6{partner}{number}",
        "gross_mass_kg": mass,
        "salt": number.rjust(64, "0"),
        "invoices": [
            found["invoices"][0]
            | {"number": f"I{number}", "amount": price, "date": (day - timedelta(3)).isoformat()}
        ],
        "transport": {
            "mode": mode,
            "means": "MV Example",
            "departure_country": partner,
            "destination_country": "VN",
            "loading": f"{partner}AAA",
            "discharge": "VNHPH",
            "documents": [{"type": document, "number": f"T{number}"}],
            "arrives_on": day.isoformat(),
        },
        "lines": [
            {name: item[name] for name in ("number", "description", "quantity", "price_currency")}
            | {
                "hs": row["HS6 Code"].rjust(6, "0") + "00",
                "origin_country": _abroad(row["Country of Origin"]),
                "net_mass_kg": mass,
                "price_amount": price,
                "invoice": f"I{number}",
                "preference": "MFN",
            }
        ],
    }
    return found


def _abroad(country: str) -> str:
    """Return a country that Viet Nam imports from; where the file names none, its own, Korea."""
    return "KR" if country in {"VN", "ZZ"} else country


def hand_in(customs: Customs, value: dict[str, Any]) -> str:
    """Hand a declaration in as the door does; return its identifier."""
    read, _ = read_submitted(value, "VN", customs.now)
    reference = value["invoices"][0]["number"]
    files = customs.node.clearance.files
    return files.submit(read, EXPORTER.hex_id, reference, customs.now).object_id


def as_they_come(
    customs: Customs, values: Sequence[dict[str, Any]], per_second: float | None
) -> tuple[dict[str, float], float, float]:
    """Hand in at a rate, or as fast as it goes; return latencies, seconds of intake and of all."""
    seen, handed = Followed(customs.node), {}
    started = time.perf_counter()
    for place, value in enumerate(values):
        while per_second and time.perf_counter() < started + place / per_second:
            seen.look()
            time.sleep(0.003)
        at = time.perf_counter()
        handed[hand_in(customs, value)] = at
    taken_in = time.perf_counter() - started
    seen.until(list(handed))
    latest = max(seen.at[name] for name in handed)
    return {name: seen.at[name] - at for name, at in handed.items()}, taken_in, latest - started


def channels(customs: Customs, names: Iterator[str]) -> dict[str, int]:
    """Return channels as the ledger has them."""
    wanted = set(names)
    with customs.node.reading() as session:
        found = session.execute(select(ClearanceRow.object_id, ClearanceRow.channel)).all()
    return {name: channel for name, channel in found if name in wanted}


def quantiles(values: Sequence[float], commit: float) -> dict[str, float]:
    """Return quantiles as multiples of one commit."""
    ordered = sorted(values)
    places = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
    return {
        name: round(ordered[int((len(ordered) - 1) * place)] / commit, 2)
        for name, place in places.items()
    }


def replayed(customs: Customs) -> dict[str, Any]:
    """Make every decision again from what is kept."""
    model = load_model()
    assert model is not None
    started, found = time.perf_counter(), []
    source = FolderSource(customs.folder.path)
    for page in source.pages(None):
        found += replay_kept(page, by_hash, {model.hash: model}.get, source.seed)
    spent = time.perf_counter() - started
    return {
        "decisions_replayed": len(found),
        "decisions_identical": sum(not one.differences for one in found),
        "decisions_replayed_per_second": round(len(found) / spent),
        "replay_seconds": round(spent, 1),
    }


def main() -> None:
    """Measure and keep the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1_000, help="declarations handed in at once")
    parser.add_argument("--stream", type=int, default=STREAM, help="declarations at a rate")
    parser.add_argument("--rate", type=float, default=OFFERED_PER_SECOND, help="per second")
    parser.add_argument("--dry", action="store_true", help="keep no results")
    asked = parser.parse_args()
    if not ROWS.is_file():
        print(f"skipped: {ROWS} is not there", file=sys.stderr)
        return
    sys.setswitchinterval(SWITCH_SECONDS)
    today = datetime.now(UTC).date()
    values = [declaration(row, today) for row in rows(asked.count + asked.stream)]
    with tempfile.TemporaryDirectory() as folder:
        customs = Customs(Path(folder))
        commits = [customs.commit() for _ in range(COMMITS)]
        commit = statistics.median(commits)
        latencies, _, _ = as_they_come(customs, values[: asked.stream], asked.rate)
        found = channels(customs, iter(latencies))
        green = [latencies[name] for name, one in found.items() if one == Channel.GREEN]
        _, taken_in, whole = as_they_come(customs, values[asked.stream :], None)
        figures = {
            "commit_ms": round(commit * 1000, 1),
            "commit_ms_p95": round(sorted(commits)[int(len(commits) * 0.95)] * 1000, 1),
            "stream_declarations": asked.stream,
            "stream_offered_per_second": asked.rate,
            "stream_commits": quantiles(list(latencies.values()), commit),
            "green_declarations": len(green),
            "green_commits": quantiles(green, commit) if green else None,
            "green_ms_p95": round(sorted(green)[int(len(green) * 0.95)] * 1000) if green else None,
            "rows_of_the_file": len(rows(10_000)),
            "declarations": asked.count,
            "sustained_declarations_per_second": round(asked.count / whole, 1),
            "intake_per_second": round(asked.count / taken_in, 1),
            **replayed(customs),
            "peak_memory_mb": round(peak_memory_mb()),
        }
        customs.close()
    print(json.dumps(figures, indent=1)) if asked.dry else save("clearance", figures)


if __name__ == "__main__":
    main()
