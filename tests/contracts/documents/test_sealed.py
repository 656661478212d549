"""Documents sealed, opened, shared; and everything that must not open."""

import hashlib
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.documents.cid import file_cid
from contracts.documents.hpke import (
    ENCAPSULATED_SIZE,
    MATERIAL_SIZE,
    WRAPPED_SIZE,
    EncryptionKey,
    Wrap,
    is_material,
    unwrap_key,
    wrap_key,
)
from contracts.documents.manifest import DOCUMENT_LIMIT, OVERHEAD, Manifest
from contracts.documents.sealed import (
    SD_JWT_TYPE,
    document_commitment,
    open_document,
    open_wrap,
    seal_document,
    share_document,
)
from contracts.errors import KeyDocumentError, ManifestError, UnsealError
from contracts.membership.records import MATERIAL_LIMIT

PDF = "application/pdf"
ALICE, BOB, EVE = (EncryptionKey.new() for _ in range(3))
CONTENT = b"the document" * 100
SEALED = seal_document(CONTENT, PDF, [ALICE.material, BOB.material])


class TestKeys:
    def test_the_ledger_can_hold_it(self) -> None:
        assert len(ALICE.material) == MATERIAL_SIZE <= MATERIAL_LIMIT
        assert ALICE.key_id == hashlib.sha256(ALICE.material).digest()

    def test_files(self) -> None:
        content = ALICE.to_pem(b"password")
        assert content.count(b"BEGIN ENCRYPTED PRIVATE KEY") == 2
        assert EncryptionKey.from_pem(content, b"password").key_id == ALICE.key_id
        first, _, second = content.partition(b"-----END ENCRYPTED PRIVATE KEY-----\n")
        first += b"-----END ENCRYPTED PRIVATE KEY-----\n"
        for bad in (b"", first, second + first, content + first, content + b"x", b"\xff"):
            with pytest.raises(KeyDocumentError):
                EncryptionKey.from_pem(bad, b"password")
        with pytest.raises(KeyDocumentError, match="password"):
            EncryptionKey.from_pem(content, b"another")

    def test_a_wrap_opens_for_its_key_and_context_alone(self) -> None:
        wrap = wrap_key(b"k" * 32, ALICE.material, b"context")
        assert (len(wrap.encapsulated), len(wrap.wrapped)) == (ENCAPSULATED_SIZE, WRAPPED_SIZE)
        assert unwrap_key(wrap, ALICE, b"context") == b"k" * 32
        with pytest.raises(UnsealError, match="another key"):
            unwrap_key(wrap, BOB, b"context")
        with pytest.raises(UnsealError, match="does not open"):
            unwrap_key(replace(wrap, recipient=BOB.key_id), BOB, b"context")
        with pytest.raises(UnsealError, match="does not open"):
            unwrap_key(wrap, ALICE, b"another")

    @pytest.mark.parametrize(
        "material",
        [b"", bytes(MATERIAL_SIZE - 1), b"\xff" * MATERIAL_SIZE, ALICE.material + b"\0",
         ALICE.material[:-32] + bytes(32)],
        ids=["none", "short", "no key", "long", "point of small order"],
    )  # fmt: skip
    def test_material_that_is_none(self, material: bytes) -> None:
        assert not is_material(material)
        with pytest.raises(KeyDocumentError):
            wrap_key(bytes(32), material, b"")
        assert is_material(ALICE.material)


class TestOpening:
    def test_each_reader_opens_it(self) -> None:
        assert open_document(SEALED.manifest, SEALED.ciphertext, ALICE) == CONTENT
        assert open_document(SEALED.manifest, SEALED.ciphertext, BOB) == CONTENT
        assert len(SEALED.ciphertext) == len(CONTENT) + OVERHEAD
        assert CONTENT[:20] not in SEALED.ciphertext

    def test_nobody_else_does(self) -> None:
        with pytest.raises(UnsealError, match="not sealed for key"):
            open_document(SEALED.manifest, SEALED.ciphertext, EVE)

    def test_no_two_are_alike(self) -> None:
        again = seal_document(CONTENT, PDF, [ALICE.material])
        assert again.manifest.content != SEALED.manifest.content
        assert again.manifest.document == SEALED.manifest.document

    def test_an_empty_document_is_one(self) -> None:
        sealed = seal_document(b"", PDF, [ALICE.material])
        assert open_document(sealed.manifest, sealed.ciphertext, ALICE) == b""

    @given(st.integers(0, len(SEALED.ciphertext) - 1), st.integers(1, 255))
    @settings(max_examples=40)
    def test_a_changed_ciphertext_does_not(self, place: int, change: int) -> None:
        changed = bytearray(SEALED.ciphertext)
        changed[place] ^= change
        with pytest.raises(UnsealError, match="another one"):
            open_document(SEALED.manifest, bytes(changed), ALICE)
        # Nor where the manifest is changed with it: the wrap is bound to the ciphertext.
        manifest = replace(SEALED.manifest, content=file_cid(bytes(changed)))
        with pytest.raises(UnsealError, match="wrap does not open"):
            open_document(manifest, bytes(changed), ALICE)

    @pytest.mark.parametrize(
        "changes",
        [{"document": bytes(32)}, {"media_type": "text/plain"}, {"size": len(CONTENT) + 1}],
        ids=str,
    )
    def test_a_changed_manifest_does_not(self, changes: dict[str, object]) -> None:
        manifest = replace(SEALED.manifest, **changes)  # type: ignore[arg-type]
        with pytest.raises(UnsealError):
            open_document(manifest, SEALED.ciphertext, ALICE)

    @given(st.sampled_from(["encapsulated", "wrapped"]), st.integers(0, 47), st.integers(1, 255))
    @settings(max_examples=30)
    def test_a_changed_wrap_does_not(self, part: str, place: int, change: int) -> None:
        wrap = SEALED.manifest.wrap_for(ALICE.key_id)
        assert wrap is not None
        changed = bytearray(getattr(wrap, part))
        changed[place] ^= change
        others = [one for one in SEALED.manifest.wraps if one != wrap]
        wraps = sorted([*others, replace(wrap, **{part: bytes(changed)})], key=recipient)
        with pytest.raises(UnsealError):
            open_document(replace(SEALED.manifest, wraps=tuple(wraps)), SEALED.ciphertext, ALICE)

    def test_a_sender_cannot_show_two_faces(self) -> None:
        """A ciphertext that is sound, but of another document than the ledger commits to."""
        from contracts.documents import sealed as module

        committed = document_commitment(CONTENT, PDF)
        key, nonce, lie = b"k" * 32, bytes(12), b"LIE!" * 300
        bound = module._content_context(committed, PDF)
        ciphertext = nonce + AESGCM(key).encrypt(nonce, lie, bound)
        cid = file_cid(ciphertext)
        wraps = module._wrapped(key, [BOB.material], module._wrap_context(committed, PDF, cid))
        manifest = Manifest(cid, len(lie), committed, PDF, wraps)
        with pytest.raises(UnsealError, match="not the one that the manifest names"):
            open_document(manifest, ciphertext, BOB)

    def test_too_large_a_document_is_not_sealed(self) -> None:
        with pytest.raises(ManifestError, match="at most"):
            seal_document(bytes(DOCUMENT_LIMIT + 1), PDF, [ALICE.material])

    def test_readers_are_counted(self) -> None:
        with pytest.raises(ManifestError, match="0 readers"):
            seal_document(b"x", PDF, [])
        twice = seal_document(b"x", PDF, [ALICE.material, ALICE.material])
        assert len(twice.manifest.wraps) == 1


class TestSharing:
    def test_a_reader_is_added_without_touching_the_rest(self) -> None:
        wider = share_document(SEALED.manifest, BOB, [EVE.material])
        assert open_document(wider, SEALED.ciphertext, EVE) == CONTENT
        assert wider.content == SEALED.manifest.content
        assert set(SEALED.manifest.wraps) < set(wider.wraps)
        assert share_document(wider, BOB, [EVE.material]) == wider

    def test_only_a_reader_can_add_one(self) -> None:
        with pytest.raises(UnsealError):
            share_document(SEALED.manifest, EVE, [EVE.material])
        with pytest.raises(UnsealError):
            open_wrap(SEALED.manifest, EVE)


def test_of_a_signed_form_the_signature_counts() -> None:
    whole, less = b"a.b.c~x~y~", b"a.b.c~y~"
    assert document_commitment(whole, SD_JWT_TYPE) == document_commitment(less, SD_JWT_TYPE)
    assert document_commitment(whole, PDF) != document_commitment(less, PDF)


def recipient(wrap: Wrap) -> bytes:
    return wrap.recipient
