"""The vault at 20 MB: seal, store, open, against hashing and writing the same bytes."""

from __future__ import annotations

import hashlib
import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from common import peak_memory_mb, save
from support.kubo import connected_pair
from support.organisations import migrated
from support.vaults import ACCESS, VaultWorld

from contracts.documents.hpke import EncryptionKey
from contracts.documents.sealed import seal_document
from node.database.database import Database, Purpose
from node.errors import NodeError
from node.files import create_private, make_private_folder
from node.vault.content import ContentStore
from node.vault.folder_store import FolderStore
from node.vault.kubo_program import find_kubo
from node.vault.kubo_store import KuboStore
from node.vault.vault import Vault

SIZE = 20 * 1000 * 1000
ROUNDS = 7
PDF = "application/pdf"


def median_ms(work: Callable[[int], Any]) -> float:
    """Return the median time of some rounds, in milliseconds."""
    times = []
    for number in range(ROUNDS):
        started = time.perf_counter()
        work(number)
        times.append((time.perf_counter() - started) * 1_000)
    return statistics.median(times)


def hash_and_write(folder: Path, content: bytes) -> Callable[[int], None]:
    """Return the floor: SHA-256, write, fsync, rename, fsync of the folder."""

    def work(number: int) -> None:
        hashlib.sha256(content).digest()
        aside, path = folder / "aside", folder / str(number)
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(path)
        descriptor = os.open(folder, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)

    return work


class Bench:
    """One organisation's vault on one store."""

    def __init__(self, folder: Path, store: ContentStore, readers: int = 3) -> None:
        make_private_folder(folder)
        self.databases = []
        for purpose in Purpose:
            create_private(folder / f"{purpose}.db", migrated(purpose))
            self.databases.append(Database(f"sqlite:///{folder / f'{purpose}.db'}", purpose))
        world = VaultWorld(folder / "vaults", self.databases[0])
        self.vault: Vault = world.vault("here", store, self.databases[1])
        others = [EncryptionKey.new().material for _ in range(readers - 1)]
        self.materials = [world.keys["here"].material, *others]

    def put(self, content: bytes) -> str:
        """Seal for all readers, store, and check the document as a door does."""
        sealed = seal_document(content, PDF, self.materials)
        with self.vault.intake() as intake:
            intake.write(sealed.ciphertext)
            self.vault.keep_content(intake)
        return self.vault.keep_manifest(sealed.manifest.to_bytes()).document

    def seal_and_store(self, content: bytes) -> None:
        """Seal for all readers and store ciphertext and manifest: no second look at it."""
        sealed = seal_document(content, PDF, self.materials)
        with self.vault.intake() as intake:
            intake.write(sealed.ciphertext)
            self.vault.keep_content(intake)
        self.vault.keep_sealed_manifest(sealed.manifest)

    def close(self) -> None:
        for database in self.databases:
            database.close()


def measure(bench: Bench, content: bytes, floor: Callable[[int], Any]) -> dict[str, Any]:
    """Return the figures of one store; the floor runs between, in the same minutes."""
    variants = [secrets.token_bytes(16) + content[16:] for _ in range(ROUNDS)]
    digests: list[str] = []
    works: dict[str, Callable[[int], Any]] = {
        "hash_and_write": floor,
        "seal_and_store": lambda number: bench.seal_and_store(variants[number]),
        "with_the_doors_checks": lambda number: digests.append(bench.put(variants[number])),
        "fetch_and_open": lambda number: bench.vault.open(digests[number], ACCESS),
    }
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(ROUNDS):
        for name, work in works.items():
            started = time.perf_counter()
            work(number)
            times[name].append((time.perf_counter() - started) * 1_000)
    medians = {name: statistics.median(found) for name, found in times.items()}
    return {
        **{f"{name}_ms": round(median, 1) for name, median in medians.items()},
        **{
            f"{name}_to_floor": round(median / medians["hash_and_write"], 2)
            for name, median in medians.items()
            if name != "hash_and_write"
        },
    }


def main() -> None:
    """Measure folder and, where the program is, Kubo; keep the figures."""
    content = secrets.token_bytes(SIZE)
    # Beside the project, as an organisation's folder is: /tmp may be memory.
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as name:
        root = Path(name)
        (root / "floor").mkdir()
        floor = hash_and_write(root / "floor", content)
        figures: dict[str, Any] = {"bytes": SIZE}
        materials = [EncryptionKey.new().material for _ in range(3)]
        figures["seal_in_memory_ms"] = round(
            median_ms(lambda _: seal_document(content, PDF, materials)), 1
        )
        folder = Bench(root / "folder", FolderStore(root / "contents"))
        figures["folder"] = measure(folder, content, floor)
        folder.close()
        figures["kubo"] = kubo(root, content, floor)
        figures["peak_memory_mb"] = round(peak_memory_mb())
    save("vault", figures)


def kubo(root: Path, content: bytes, floor: Callable[[int], Any]) -> dict[str, Any] | str:
    """Return the figures of Kubo, or why there are none."""
    try:
        find_kubo(os.environ)
    except NodeError as error:
        return f"not measured: {error}"
    (root / "nodes").mkdir(mode=0o700)
    pair = connected_pair(root / "nodes")
    try:
        bench = Bench(root / "kubo", KuboStore(pair[0].api))
        figures = measure(bench, content, floor)
        bench.close()
    finally:
        for node in pair:
            node.stop()
    return figures


if __name__ == "__main__":
    main()
