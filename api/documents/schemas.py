"""What the routes of documents say."""

from pydantic import Field

from api.schemas import Bytes32, Model, Time
from contracts.documents.manifest import Manifest
from node.vault.vault import Kept

_CID = r"^b[a-z2-7]{58}$"


class KeptDocument(Model):
    """A document that is kept."""

    digest: Bytes32 = Field(description="What it is committed to by.")
    manifest: str = Field(pattern=_CID, description="CID of its manifest.")
    manifest_digest: Bytes32 = Field(description="SHA-256 of the manifest, as in its CID.")
    content: str = Field(pattern=_CID, description="CID of its ciphertext.")


class HeldManifest(Model):
    """A manifest of a document."""

    manifest: str = Field(pattern=_CID)
    manifest_digest: Bytes32
    content: str = Field(pattern=_CID)
    size: int = Field(description="Bytes of the document.")
    media_type: str = Field(examples=["application/pdf"])
    name: str | None = Field(description="File name, if its sender gave one.")
    readers: list[Bytes32] = Field(description="Key ids of those who can open it.")


class ManifestList(Model):
    """A document's manifests, the fullest first."""

    items: list[HeldManifest]


class DocumentAccess(Model):
    """Somebody did something with a document."""

    at: Time
    document: Bytes32
    act: str = Field(examples=["read"])
    subject: str = Field(examples=["officer-1"])
    role: str = Field(examples=["customs"])
    post: str = Field(examples=["VNHPH"])
    purpose: str = Field(examples=["import clearance"])


class AccessPage(Model):
    """Accesses, the newest first."""

    items: list[DocumentAccess]
    next: str | None = Field(description="Cursor of the next page; null at the end.")


def kept_of(kept: Kept) -> KeptDocument:
    """Return what is said of a kept document."""
    manifest = kept.manifest
    return KeptDocument(
        digest=kept.document,
        manifest=str(manifest.cid),
        manifest_digest="0x" + manifest.cid.digest.hex(),
        content=str(manifest.content),
    )


def manifest_of(manifest: Manifest) -> HeldManifest:
    """Return what is said of a manifest."""
    return HeldManifest(
        manifest=str(manifest.cid),
        manifest_digest="0x" + manifest.cid.digest.hex(),
        content=str(manifest.content),
        size=manifest.size,
        media_type=manifest.media_type,
        name=manifest.name,
        readers=["0x" + wrap.recipient.hex() for wrap in manifest.wraps],
    )
