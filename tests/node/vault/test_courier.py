"""How the exchange sends and fetches documents: sealed, by manifest, from the sender's node."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from coincurve import PrivateKey
from support.kubo import KuboNode
from support.organisations import migrated
from support.vaults import VaultWorld, hex_id, some_bytes

from contracts.documents.cid import Cid, parse_cid
from node.database.database import Database, Purpose
from node.exchange.courier import DocumentUnavailableError
from node.files import create_private
from node.vault.content import ContentStore
from node.vault.courier import VaultCourier
from node.vault.directory import Directory
from node.vault.errors import ContentUnknownError
from node.vault.fetching import Fetcher
from node.vault.folder_store import FolderStore
from node.vault.kubo_store import KuboStore
from node.vault.peers import Peers
from node.vault.vault import Vault

PDF = "application/pdf"
SECRET = PrivateKey(b"\1" * 32).secret


class Office:
    """One organisation's vault and courier; its door gives blocks to everybody."""

    def __init__(
        self, world: VaultWorld, name: str, folder: Path, store: ContentStore | None = None
    ) -> None:
        path = folder / f"{name}.db"
        create_private(path, migrated(Purpose.STATE))
        self.state = Database(f"sqlite:///{path}", Purpose.STATE)
        chosen = store or FolderStore(folder / f"{name}-contents")
        self.vault: Vault = world.vault(name, chosen, self.state)
        self.peers = Peers((), SECRET, world.clock)
        directory = Directory(world.read, world.clock)
        fetcher = Fetcher(self.vault, self.peers)
        self.courier = VaultCourier(self.vault, fetcher, directory, name)

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"].startswith("Tradeseal ")
        cid = parse_cid(request.url.path.rpartition("/")[2])
        try:
            return httpx.Response(200, content=self.vault.read_sealed(cid))
        except ContentUnknownError:
            return httpx.Response(404)


@pytest.fixture
def offices(tmp_path: Path, read: Database) -> Iterator[tuple[Office, Office, VaultWorld]]:
    world = VaultWorld(tmp_path / "vaults", read)
    sender, receiver = (Office(world, name, tmp_path) for name in ("sender", "receiver"))
    receiver.peers.reach(hex_id("sender"), "http://sender", httpx.MockTransport(sender.answer))
    yield sender, receiver, world
    for office in (sender, receiver):
        office.state.close()


Offices = tuple[Office, Office, VaultWorld]


def test_what_is_sent_is_fetched(offices: Offices) -> None:
    sender, receiver, _ = offices
    parcel = sender.courier.send(b"a refusal", "application/json", [hex_id("receiver")])
    assert parcel is not None
    got = receiver.courier.fetch(parcel.manifest, hex_id("sender"), parcel.document)
    assert got == b"a refusal"
    receiver.peers._doors.clear()  # held now: nobody is asked again
    assert receiver.courier.fetch(parcel.manifest, hex_id("sender"), parcel.document) == got
    assert [row.role for row in receiver.vault.log.page(None, 9)] == ["node"] * 3


def test_a_held_document_is_shared_with_its_recipients_once(offices: Offices) -> None:
    sender, receiver, _ = offices
    kept = sender.vault.keep_document(b"form", PDF)
    named = sender.courier.manifest(kept.document, [hex_id("receiver")])
    assert named is not None
    assert named != "0x" + kept.manifest.cid.digest.hex()
    assert sender.courier.manifest(kept.document, [hex_id("receiver")]) == named
    assert receiver.courier.fetch(named, hex_id("sender"), kept.document) == b"form"


def test_an_ipfs_network_needs_no_doors(
    kubo_pair: tuple[KuboNode, KuboNode], tmp_path: Path, read: Database
) -> None:
    world = VaultWorld(tmp_path / "vaults", read)
    stores = [KuboStore(node.api, fetch_seconds=5) for node in kubo_pair]
    sender, receiver = (
        Office(world, name, tmp_path, store)
        for name, store in zip(("sender", "receiver"), stores, strict=True)
    )
    content = some_bytes(600_000)
    parcel = sender.courier.send(content, PDF, [hex_id("receiver")])
    assert parcel is not None
    assert receiver.courier.fetch(parcel.manifest, hex_id("sender"), parcel.document) == content
    assert receiver.vault.documents() == {parcel.document}
    receiver.vault.erase(parcel.document, receiver.courier._access("court order"))
    for manifest in sender.vault.manifests(parcel.document):
        assert not stores[1].has(manifest.content)
    assert sender.vault.open(parcel.document, sender.courier._access("x")).content == content
    for office in (sender, receiver):
        office.state.close()


def test_what_is_not_held_has_no_manifest(offices: Offices) -> None:
    assert offices[0].courier.manifest("0x" + "00" * 32, [hex_id("receiver")]) is None


def test_what_cannot_be_had_is_asked_for_again(offices: Offices) -> None:
    sender, receiver, world = offices
    document = sender.vault.keep_document(b"form", PDF).document
    with pytest.raises(DocumentUnavailableError, match="no encryption key in force"):
        sender.courier.manifest(document, [hex_id("nobody")])
    with pytest.raises(DocumentUnavailableError, match="no encryption key"):
        sender.courier.send(b"x", PDF, [hex_id("nobody")])
    named = sender.courier.manifest(document, [hex_id("receiver")]) or ""
    for manifest, organisation, reason in (
        ("0x" + "00" * 32, "sender", "status 404"),
        (named, "stranger", r"\[peers\]"),
    ):
        with pytest.raises(DocumentUnavailableError, match=reason):
            receiver.courier.fetch(manifest, hex_id(organisation), document)
    world.committed = set()
    with pytest.raises(DocumentUnavailableError, match="commits"):
        receiver.courier.fetch(named, hex_id("sender"), document)
    world.committed = None
    other = sender.vault.keep_document(b"another", PDF).document
    with pytest.raises(DocumentUnavailableError, match="not held here"):
        receiver.courier.fetch(named, hex_id("sender"), other)
    receiver.vault.erase(document, receiver.courier._access("court order"))
    with pytest.raises(DocumentUnavailableError, match="erased"):
        receiver.courier.fetch(named, hex_id("sender"), document)


def test_a_sender_cannot_fill_the_disk(offices: Offices) -> None:
    sender, receiver, _ = offices
    parcel = sender.courier.send(b"form", PDF, [hex_id("receiver")])
    assert parcel is not None
    content = sender.vault.manifests(parcel.document)[0].content

    def endless(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(str(content)):
            return httpx.Response(200, content=bytes(1 << 20))
        return sender.answer(request)

    receiver.peers.reach(hex_id("sender"), "http://sender", httpx.MockTransport(endless))
    with pytest.raises(DocumentUnavailableError, match="more than 32 bytes"):
        receiver.courier.fetch(parcel.manifest, hex_id("sender"), parcel.document)


def test_a_sender_that_is_down(offices: Offices) -> None:
    _, receiver, _ = offices

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    receiver.peers.reach(hex_id("sender"), "http://sender", httpx.MockTransport(refuse))
    digest = "0x" + Cid.of_block(b"x").digest.hex()
    with pytest.raises(DocumentUnavailableError, match="refused"):
        receiver.courier.fetch(digest, hex_id("sender"), digest)
