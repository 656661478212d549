"""Documents in and out of the vault, on both stores."""

import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from support.vaults import ACCESS, VaultWorld, hex_id, some_bytes

from contracts.documents.manifest import Manifest
from contracts.documents.sd_jwt import Disclosable, document_hash, issue_sd_jwt, present_sd_jwt
from contracts.documents.sealed import SealedDocument, seal_document
from contracts.errors import ManifestError, UnsealError
from node.database.database import Database, Purpose
from node.database.migration import migrate
from node.errors import DocumentMalformedError, DocumentUncommittedError, DocumentUnknownError
from node.keys.encryption import EncryptionKeys, create_encryption_key, load_encryption_keys
from node.vault.access import Access, Act
from node.vault.content import ContentStore
from node.vault.errors import (
    ContentForeignError,
    ContentUnknownError,
    DocumentErasedError,
    EncryptionKeyMissingError,
    PurposeMalformedError,
    RecipientUnknownError,
)
from node.vault.folder_store import FolderStore
from node.vault.vault import Vault

PDF = "application/pdf"
SD_JWT = "application/sd-jwt"
KEY = ec.derive_private_key(7, ec.SECP256R1())


@pytest.fixture
def world(tmp_path: Path, read: Database) -> VaultWorld:
    return VaultWorld(tmp_path / "vaults", read)


@pytest.fixture
def vault(world: VaultWorld, store: ContentStore, state: Database) -> Vault:
    return world.vault("here", store, state)


@pytest.fixture
def other_state(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'other.db'}", Purpose.STATE)
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def there(world: VaultWorld, tmp_path: Path, other_state: Database) -> Vault:
    return world.vault("there", FolderStore(tmp_path / "there"), other_state)


def put(vault: Vault, sealed: SealedDocument) -> str:
    with vault.intake() as intake:
        intake.write(sealed.ciphertext)
        vault.keep_content(intake)
    return vault.keep_manifest(sealed.manifest.to_bytes()).document


def sealed_for(world: VaultWorld, *names: str, content: bytes = b"content") -> SealedDocument:
    return seal_document(content, PDF, [world.keys[name].material for name in names])


@cache
def form(*, shown: bool = True, attachment: str | None = None) -> bytes:
    if not shown:
        return present_sd_jwt(form().decode(), [("goods",)]).encode()
    payload = {"iat": 1, "name": Disclosable("A"), "goods": Disclosable("coffee")}
    if attachment:
        payload["attachments"] = [{"sha256": attachment}]  # type: ignore[assignment]
    return issue_sd_jwt(payload, KEY, {"typ": "t"}).encode()


def test_what_is_kept_is_opened(vault: Vault, world: VaultWorld) -> None:
    content = some_bytes(600_000)
    digest = put(vault, sealed_for(world, "here", content=content))
    opened = vault.open(digest, ACCESS)
    assert opened.content == content
    assert opened.manifest.media_type == PDF
    assert vault.documents() == {digest}


def test_the_node_seals_by_itself_too(vault: Vault) -> None:
    kept = vault.keep_document(form(), SD_JWT)
    assert kept.document == "0x" + document_hash(form().decode()).hex()
    assert vault.open(kept.document, ACCESS).content == form()


def test_no_plaintext_is_on_disk(vault: Vault, tmp_path: Path) -> None:
    needle = b"Cong ty TNHH Ca phe"
    (tmp_path / "twin").write_bytes(b"before " + needle)
    vault.open(vault.keep_document(needle * 100, "text/plain").document, ACCESS)
    holding = [
        path for path in tmp_path.rglob("*") if path.is_file() and needle in path.read_bytes()
    ]
    assert holding == [tmp_path / "twin"]


def test_an_access_is_logged_before_the_document_is_given(vault: Vault) -> None:
    digest = vault.keep_document(b"x", PDF).document
    with pytest.raises(DocumentUnknownError):
        vault.open("0x" + "00" * 32, ACCESS)
    assert vault.log.page(None, 10) == []
    vault.open(digest, ACCESS)
    vault.open(digest, Access("auditor-9", "auditor", "-", "yearly audit"), Act.PROVE)
    rows = vault.log.page(None, 10)
    assert [(row.act, row.subject, row.role, row.purpose) for row in rows] == [
        ("prove", "auditor-9", "auditor", "yearly audit"),
        ("read", "officer-1", "customs", "a test"),
    ]
    assert rows[0].at == "2026-11-25T09:46:40.000+00:00"
    (older,) = vault.log.page(rows[0].sequence, 10)
    assert older.sequence == rows[1].sequence
    assert vault.log.page(None, 10, "0x" + "00" * 32) == []


@pytest.mark.parametrize("purpose", ["", "a" * 129, "two\nlines", "\0"])
def test_a_purpose_must_be_one(purpose: str) -> None:
    with pytest.raises(PurposeMalformedError):
        Access("s", "r", "p", purpose)


def test_what_nothing_commits_to_is_refused(vault: Vault, world: VaultWorld) -> None:
    sealed = sealed_for(world, "here")
    world.committed = set()
    with pytest.raises(DocumentUncommittedError):
        put(vault, sealed)
    with pytest.raises(DocumentUncommittedError):
        vault.keep_document(b"content", PDF)
    assert vault.documents() == frozenset()
    kept = vault.keep_document(b"written by the node", PDF, is_own=True)
    world.committed = {"0x" + sealed.manifest.document.hex()}
    assert vault.documents() == {kept.document}
    assert put(vault, sealed) in world.committed


def test_a_document_for_somebody_else_is_refused(
    vault: Vault, there: Vault, world: VaultWorld
) -> None:
    sealed = sealed_for(world, "there")
    with pytest.raises(UnsealError, match="not sealed for key"):
        put(vault, sealed)
    assert vault.documents() == frozenset()
    assert put(there, sealed) in there.documents()


def test_a_manifest_needs_its_content(vault: Vault, world: VaultWorld) -> None:
    with pytest.raises(ContentUnknownError):
        vault.keep_manifest(sealed_for(world, "here").manifest.to_bytes())
    with pytest.raises(ManifestError):
        vault.keep_manifest(b"{}")


def test_the_same_again_changes_nothing(vault: Vault, world: VaultWorld) -> None:
    sealed = sealed_for(world, "here")
    assert put(vault, sealed) == put(vault, sealed)
    assert len(vault.manifests(put(vault, sealed))) == 1


def test_two_sides_put_the_same_document(vault: Vault, world: VaultWorld) -> None:
    sealed = sealed_for(world, "here", content=some_bytes(300_000))
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(put(vault, sealed))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert vault.open(found[0], ACCESS).content == some_bytes(300_000)
    assert len(vault.manifests(found[0])) == 1


class TestPresentations:
    def test_the_fullest_is_given(self, vault: Vault) -> None:
        digest = vault.keep_document(form(shown=False), SD_JWT).document
        assert vault.open(digest, ACCESS).content == form(shown=False)
        vault.keep_document(form(), SD_JWT)
        assert vault.open(digest, ACCESS).content == form()
        vault.keep_document(form(shown=False), SD_JWT)
        assert vault.open(digest, ACCESS).content == form()
        assert len(vault.manifests(digest)) == 2

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda text: text[:-1],
            lambda text: text + b"AAAA~",
            lambda text: b"\xff" + text,
            lambda text: text + b"~" * (1 << 20),
        ],
        ids=["cut", "disclosure of nothing", "no ASCII", "too long"],
    )
    def test_what_is_none_is_refused(self, vault: Vault, spoil: Callable[[bytes], bytes]) -> None:
        with pytest.raises(DocumentMalformedError):
            vault.keep_document(spoil(form()), SD_JWT)
        assert vault.documents() == frozenset()

    def test_an_attachment_follows_its_document(self, vault: Vault, world: VaultWorld) -> None:
        attachment = sealed_for(world, "here", content=b"%PDF the invoice")
        name = "0x" + attachment.manifest.document.hex()
        vault.keep_document(form(attachment=name), SD_JWT)
        (parent,) = vault.parents(name)
        assert parent in vault.documents()
        assert vault.parents("0x" + "00" * 32) == []
        assert put(vault, attachment) == name


class TestSharing:
    def test_another_reads_the_same_ciphertext(
        self, vault: Vault, there: Vault, world: VaultWorld
    ) -> None:
        sealed = sealed_for(world, "here")
        digest = put(vault, sealed)
        kept = vault.share(digest, [hex_id("there")], ACCESS)
        assert kept.manifest.content == sealed.manifest.content
        assert kept.manifest.cid != sealed.manifest.cid
        assert vault.manifests(digest)[0] == kept.manifest
        assert vault.readers_of(kept.manifest.cid) == {hex_id("here"), hex_id("there")}
        assert vault.readers_of(sealed.manifest.cid) == {hex_id("here")}
        assert vault.readers_of(sealed.manifest.content) == {hex_id("here"), hex_id("there")}
        with there.intake() as intake:
            intake.write(vault.read_sealed(kept.manifest.content))
            there.keep_content(intake)
        there.keep_manifest(vault.read_sealed(kept.manifest.cid))
        assert there.open(digest, ACCESS).content == b"content"

    def test_shared_again_changes_nothing(
        self, vault: Vault, there: Vault, world: VaultWorld
    ) -> None:
        del there
        digest = put(vault, sealed_for(world, "here"))
        first = vault.share(digest, [hex_id("there")], ACCESS)
        assert vault.share(digest, [hex_id("there")], ACCESS) == first

    def test_a_reader_needs_a_key_in_force(self, vault: Vault, world: VaultWorld) -> None:
        digest = put(vault, sealed_for(world, "here"))
        key = type(world.keys["here"]).new()
        for name, changes in {
            "inactive": {"active": False},
            "revoked": {"revoked_at": 5},
            "broken": {"material": b"\xff" * 1_216},
        }.items():
            world.register(name, type(key).new(), **changes)  # type: ignore[arg-type]
        for name in ("nobody", "inactive", "revoked", "broken"):
            with pytest.raises(RecipientUnknownError):
                vault.share(digest, [hex_id(name)], ACCESS)
        world.register("inactive", key)
        vault.share(digest, [hex_id("inactive")], ACCESS)


class TestErasure:
    def test_nothing_is_left(self, vault: Vault, world: VaultWorld, store: ContentStore) -> None:
        sealed = sealed_for(world, "here")
        digest = put(vault, sealed)
        shared = vault.share(digest, [hex_id("here")], ACCESS).manifest
        vault.erase(digest, ACCESS)
        for cid in (sealed.manifest.cid, sealed.manifest.content, shared.cid):
            assert not store.has(cid)
        assert vault.documents() == frozenset()
        assert vault.is_erased(digest)
        for attempt in (
            lambda: vault.open(digest, ACCESS),
            lambda: vault.manifests(digest),
            lambda: vault.keep_document(b"content", PDF),
            lambda: vault.require_wanted(digest),
        ):
            with pytest.raises(DocumentErasedError):
                attempt()
        vault.erase(digest, ACCESS)  # once more has no effect
        assert [row.act for row in vault.log.page(None, 9)][-2:] == ["erase", "share"]

    def test_what_is_erased_is_not_taken_again(self, vault: Vault, world: VaultWorld) -> None:
        sealed = sealed_for(world, "here")
        vault.erase(put(vault, sealed), ACCESS)
        with pytest.raises(DocumentErasedError):
            put(vault, sealed)
        assert put(vault, sealed_for(world, "here", content=b"another"))

    def test_a_crash_in_between_is_finished(
        self, vault: Vault, world: VaultWorld, store: ContentStore
    ) -> None:
        sealed = sealed_for(world, "here")
        digest = put(vault, sealed)
        vault._register.erase(digest)  # and then the process died
        assert vault.documents() == frozenset()
        assert vault.readers_of(sealed.manifest.content) == frozenset()
        assert store.has(sealed.manifest.content)
        vault.resume()
        assert not store.has(sealed.manifest.content)
        assert not store.has(sealed.manifest.cid)


class TestCrashes:
    def test_between_ciphertext_and_manifest(
        self, vault: Vault, world: VaultWorld, store: ContentStore
    ) -> None:
        sealed = sealed_for(world, "here")
        with vault.intake() as intake:
            intake.write(sealed.ciphertext)
            cid = vault.keep_content(intake)
        vault.resume()
        assert store.has(cid)  # its manifest may still come
        assert vault.documents() == frozenset()
        world.clock.time += 24 * 3_600 + 1
        vault.resume()
        assert not store.has(cid)
        digest = put(vault, sealed)
        world.clock.time += 48 * 3_600
        vault.resume()
        assert vault.open(digest, ACCESS).content == b"content"

    def test_between_manifest_and_register(
        self, vault: Vault, world: VaultWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sealed = sealed_for(world, "here")

        def die(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(vault._register, "add", die)
            with pytest.raises(KeyboardInterrupt):
                put(vault, sealed)
        assert vault.documents() == frozenset()
        assert put(vault, sealed) in vault.documents()


class TestTampering:
    def test_ciphertext(self, world: VaultWorld, state: Database, tmp_path: Path) -> None:
        store = FolderStore(tmp_path / "contents")
        vault = world.vault("here", store, state)
        sealed = sealed_for(world, "here")
        digest = put(vault, sealed)
        path = tmp_path / "contents" / str(sealed.manifest.content)
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
        with pytest.raises(ContentForeignError):
            vault.open(digest, ACCESS)
        assert vault.log.page(None, 9) == []

    def test_wraps_changed_on_their_way(self, vault: Vault, world: VaultWorld) -> None:
        from dataclasses import replace

        sealed = sealed_for(world, "here")
        wrap = sealed.manifest.wraps[0]
        for changed in (
            replace(wrap, wrapped=bytes(48)),
            replace(wrap, encapsulated=bytes(1_120)),
        ):
            manifest = replace(sealed.manifest, wraps=(changed,))
            with pytest.raises(UnsealError):
                put(vault, SealedDocument(sealed.ciphertext, manifest))
        assert vault.documents() == frozenset()

    def test_a_manifest_of_another_document(self, vault: Vault, world: VaultWorld) -> None:
        from dataclasses import replace

        sealed = sealed_for(world, "here")
        manifest = replace(sealed.manifest, document=bytes(32))
        with pytest.raises(UnsealError):
            put(vault, SealedDocument(sealed.ciphertext, manifest))
        assert Manifest.parse(manifest.to_bytes()) == manifest  # it is well formed


class TestKeys:
    def test_a_retired_key_opens_what_was_sealed_for_it(
        self, world: VaultWorld, store: ContentStore, state: Database, tmp_path: Path
    ) -> None:
        vault = world.vault("here", store, state)
        digest = put(vault, sealed_for(world, "here"))
        old, new = world.keys["here"], type(world.keys["here"]).new()
        vault._keys = EncryptionKeys(tmp_path, new, (old,))
        assert vault.open(digest, ACCESS).content == b"content"
        vault._keys = EncryptionKeys(tmp_path, new, ())
        with pytest.raises(UnsealError):
            vault.open(digest, ACCESS)

    def test_without_a_key_nothing_is_sealed(self, vault: Vault, tmp_path: Path) -> None:
        vault._keys = load_encryption_keys(tmp_path, b"password")
        with pytest.raises(EncryptionKeyMissingError, match="tradeseal key encryption"):
            vault.keep_document(b"x", PDF)

    def test_key_files(self, tmp_path: Path) -> None:
        made = create_encryption_key(tmp_path, b"password")
        assert (tmp_path / "encryption.pem").stat().st_mode & 0o777 == 0o600
        assert load_encryption_keys(tmp_path, b"password").current.key_id == made.key_id
        (tmp_path / "encryption.pem").rename(tmp_path / "encryption-2025.pem")
        create_encryption_key(tmp_path, b"password")
        sealed = seal_document(b"x", PDF, [made.material])
        keys = load_encryption_keys(tmp_path, b"password")
        assert keys.opening(sealed.manifest).key_id == made.key_id


def test_either_kind_of_database_will_do(
    open_database: Callable[[Purpose], Database], tmp_path: Path
) -> None:
    world = VaultWorld(tmp_path / "vaults", open_database(Purpose.READ))
    vault = world.vault("here", FolderStore(tmp_path / "contents"), open_database(Purpose.STATE))
    digest = put(vault, sealed_for(world, "here"))
    other = vault.keep_document(form(attachment=digest), SD_JWT).document
    world.register("there", type(world.keys["here"]).new())
    vault.share(digest, [hex_id("there")], ACCESS)
    assert vault.open(digest, ACCESS).content == b"content"
    assert vault.parents(digest) == [other]
    assert len(vault.manifests(digest)) == 2
    vault.erase(digest, ACCESS)
    assert vault.documents() == {other}
    assert [row.act for row in vault.log.page(None, 9)] == ["erase", "read", "share"]
