"""Show less of a bundle's document: the holder's choice, under the same commitment."""

from collections.abc import Collection
from dataclasses import replace

from contracts.bundles.bundle import Bundle, Document
from contracts.documents.sd_jwt import Path, present_sd_jwt


def redact_bundle(bundle: Bundle, shown: Collection[Path]) -> Bundle:
    """Return the bundle with only some fields of its document disclosed.

    What the ledger proves stays whole; the signed part of the document too,
    since it holds no field but those that are always shown.

    Args:
        bundle: A bundle with at least these disclosures.
        shown: Where the fields stand, such as ("items", 0, "hs_code"); nothing
            hides every field.

    Raises:
        PresentationError: A field is not disclosable, or not disclosed here.
    """
    if bundle.document is None:
        return bundle
    document = bundle.document
    compact = "~".join([document.jws, *document.disclosures, ""])
    jws, *disclosures = present_sd_jwt(compact, shown).split("~")
    return replace(bundle, document=Document(jws, tuple(disclosures[:-1]), document.key))
