"""Decisions with the model that comes with the project, and without it."""

from datetime import date
from pathlib import Path

import pytest

import api.risk.model
from api.risk.decision import ModelIdentity, Scorer, decide, decision_bytes, replay
from api.risk.model import Model, ModelRefusedError, default_model, parse_item
from api.risk.rules import by_hash, risk_rules
from tests.support.risk_cases import SPARED, case, without_model

RULES = risk_rules(date(2026, 11, 23))
FILES = Path(api.risk.model.__file__).parent.parent / "models" / "default"
ROW = {
    "Declaration ID": "97061800",
    "Date": "2021-04-05",
    "Office ID": "30",
    "Process Type": "B",
    "Import Type": "11",
    "Import Use": "21",
    "Payment Type": "11",
    "Mode of Transport": "10",
    "Declarant ID": "ZZR1LT6",
    "Importer ID": "QLRUBN9",
    "Seller ID": "0VKY2BR",
    "Courier ID": "",
    "HS6 Code": "440890",
    "Country of Departure": "BE",
    "Country of Origin": "BE",
    "Tax Rate": "0",
    "Tax Type": "FEU1",
    "Country of Origin Indicator": "G",
    "Net Mass": "108",
    "Item Price": "372254.4",
}


@pytest.fixture(scope="module")
def scorer() -> Model:
    return default_model()


def test_decision_with_the_default_model_repeats_to_the_byte(scorer: Model) -> None:
    features = scorer.state().features(parse_item(ROW, 1))
    [score] = scorer.score([features])
    identity = ModelIdentity(scorer.name, scorer.version, scorer.hash)
    made = decide(case(features=features, model=identity), RULES, score, SPARED)
    document = decision_bytes(made)

    def model_of(digest: bytes) -> Scorer | None:
        return scorer if digest == scorer.hash else None

    assert made.score_ppm == score.ppm
    assert all(reason.vi != reason.feature for reason in made.reasons)
    assert replay(document, by_hash, model_of).identical
    assert replay(document, by_hash, lambda _: None).missing == ("model",)


def test_model_changed_by_one_byte_is_refused_and_rules_go_on_alone(tmp_path: Path) -> None:
    for each in FILES.iterdir():
        content = bytearray(each.read_bytes())
        if each.name == "booster.txt":
            content[len(content) // 2] ^= 1
        (tmp_path / each.name).write_bytes(content)
    with pytest.raises(ModelRefusedError):
        Model.load(tmp_path)
    found = decide(without_model(), RULES, None, SPARED)
    assert "model-absent" in [each.rule for each in found.outcomes]
    assert replay(decision_bytes(found), by_hash, lambda _: None).identical
