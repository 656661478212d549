import pytest
from vectors import reader

from clients.auditor import Verdict, verify_bundle
from contracts.bundles import Bundle
from contracts.bundles.redact import redact_bundle
from contracts.errors import PresentationError

CASE = next(case for case in reader.cases() if case["name"] == "issued")
WHOLE = Bundle.parse(reader.bundle_bytes("issued"))


def facts(bundle: Bundle) -> dict[str, object]:
    report = verify_bundle(bundle.to_bytes(), reader.case_trust(CASE), reader.case_question(CASE))
    assert report.verdict is Verdict.VALID
    document = report.facts["document"]
    assert isinstance(document, dict)
    return document


def test_what_is_left_verifies() -> None:
    always = {"certificate", "exp", "form", "iat", "iss", "issued_in", "vct"}
    assert facts(redact_bundle(WHOLE, [])).keys() == always
    some = facts(redact_bundle(WHOLE, [("exporter",), ("items", 1, "hs_code")]))
    assert some.keys() == always | {"exporter", "items"}
    assert some["items"] == [{"hs_code": "620462"}]


def test_what_is_not_there_cannot_be_shown() -> None:
    with pytest.raises(PresentationError):
        redact_bundle(redact_bundle(WHOLE, []), [("exporter",)])
    with pytest.raises(PresentationError):
        redact_bundle(WHOLE, [("colour",)])


def test_a_bundle_without_document_stays_as_it_is() -> None:
    bare = Bundle.parse(reader.bundle_bytes("upgraded-untouched"))
    assert redact_bundle(bare, [("exporter",)]) is bare
