"""Figures, drift, a challenger beside the champion, and the commands."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.risk.cli import app
from api.risk.model.compare import agreement, compare
from api.risk.model.drift import Standing, drifts, reference, threshold
from api.risk.model.errors import PastItemError, ThresholdDataError
from api.risk.model.item import Item, parse_item
from api.risk.model.manifest import MANIFEST
from api.risk.model.metrics import Scored, auc, calibration, figures, precision
from api.risk.model.model import Model
from api.risk.model.scoring import ranks, score_items

ON = date(2026, 11, 23)
SHARED = Path(__file__).parents[4].parent / "shared" / "data" / "kcs_synthetic"


@pytest.fixture
def later(make_rows: Callable[..., list[dict[str, str]]]) -> list[dict[str, str]]:
    return make_rows(260, date(2020, 6, 15), 20, seed=9)


@pytest.fixture
def scored(items: list[Item]) -> list[Scored]:
    return [Scored(item, 10 * place, place) for place, item in enumerate(items)]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def labelled(rows: list[Scored], fraud: Callable[[int], bool]) -> list[Scored]:
    return [
        Scored(replace(one.item, fraud=fraud(place)), one.ppm, one.margin)
        for place, one in enumerate(rows)
    ]


def test_a_perfect_ranking_has_the_best_figures_and_the_reverse_the_worst(
    scored: list[Scored],
) -> None:
    perfect = labelled(scored, lambda place: place >= 270)
    assert auc(perfect) == 1.0
    assert figures(perfect)["precision"]["10"] == 1.0
    assert figures(perfect)["recall"]["10"] == 1.0
    worst = labelled(scored, lambda place: place < 30)
    assert auc(worst) == 0.0
    assert figures(worst)["precision"]["10"] == 0.0


def test_ties_count_half_and_one_sided_rows_have_no_auc(scored: list[Scored]) -> None:
    same = [Scored(one.item, 5, 5) for one in labelled(scored, lambda place: place % 2 == 0)]
    assert auc(same) == 0.5
    assert auc(labelled(scored, lambda _: True)) is None


def test_precision_takes_at_least_one_row(scored: list[Scored]) -> None:
    assert precision(labelled(scored, lambda _: True)[:3], 5) == 1.0
    assert precision([], 5) is None


def test_a_score_that_says_the_rate_is_calibrated(scored: list[Scored]) -> None:
    rows = [Scored(one.item, 250_000, 0) for one in labelled(scored, lambda place: place % 4 == 0)]
    assert calibration(rows)["expected_calibration_error"] < 0.05
    sure = [Scored(one.item, 950_000, 0) for one in rows]
    assert calibration(sure)["expected_calibration_error"] > 0.6
    assert calibration(sure)["brier"] > calibration(rows)["brier"]


def test_like_rows_do_not_drift_and_other_rows_do(
    small_model: Model, later: list[dict[str, str]]
) -> None:
    items = [parse_item(row, 2) for row in later]
    found = score_items(small_model, items, explain=False)
    rows, ppms = [one.row for one in found], [one.score.ppm for one in found]
    kept = reference(rows, ppms, small_model.features)
    assert {one.standing for one in drifts(kept, rows, ppms, ON)} == {Standing.STABLE}
    heavier = [{**row, "net_mass_log10": "9.0", "origin": "BR"} for row in rows]
    moved = {one.feature for one in drifts(kept, heavier, ppms, ON) if one.standing is Standing.ACT}
    assert moved == {"net_mass_log10", "origin"}
    few = drifts(kept, heavier[:20], ppms[:20], ON)
    assert {one.standing for one in few} == {Standing.TOO_FEW}


def test_thresholds_are_dated() -> None:
    assert threshold("psi", ON)["act"] == 0.25
    with pytest.raises(ThresholdDataError, match="1999"):
        threshold("psi", date(1999, 1, 1))


def test_a_model_agrees_with_itself(small_model: Model, later: list[dict[str, str]]) -> None:
    items = [parse_item(row, 2) for row in later]
    found = compare(small_model, small_model, items)
    assert found["agreement"] == {"rank_correlation": 1.0, "same_top": {"5": 1.0, "10": 1.0}}
    assert found["champion"] == found["challenger"]
    assert found["champion"]["all_goods"]["rows"] == len(items)


def test_opposite_ranks_do_not_agree() -> None:
    found = agreement(range(1, 101), range(100, 0, -1))
    assert found == {"rank_correlation": -1.0, "same_top": {"5": 0.0, "10": 0.0}}


def test_rows_without_labels_have_agreement_and_no_precision(
    small_model: Model, later: list[dict[str, str]]
) -> None:
    items = [replace(parse_item(row, 2), fraud=None, critical=None) for row in later]
    found = compare(small_model, small_model, items)
    assert found["rows"] == len(items)
    assert found["champion"]["all_goods"]["precision"]["5"] is None


def test_scores_need_no_labels_and_read_none(
    tmp_path: Path, trained: Path, later: list[dict[str, str]], write_table: Callable[..., Path]
) -> None:
    with_labels = write_table(tmp_path / "with.csv", later)
    turned = [{**row, "Fraud": "1", "Critical Fraud": "2"} for row in later]
    other = write_table(tmp_path / "other.csv", turned)
    bare = write_table(tmp_path / "bare.csv", later, labels=False)
    written = []
    for table in (with_labels, other, bare):
        out = table.with_suffix(".scores")
        assert run("score", table, "-o", out, "--model", trained).exit_code == 0
        written.append(out.read_bytes())
    assert written[0] == written[1] == written[2]
    rows = list(csv.DictReader(written[0].decode().splitlines()))
    assert [row["Declaration ID"] for row in rows] == [row["Declaration ID"] for row in later]
    assert sorted(int(row["Rank"]) for row in rows) == list(range(1, len(rows) + 1))
    first = min(rows, key=lambda row: int(row["Rank"]))
    assert float(first["Score"]) == max(float(row["Score"]) for row in rows)
    assert first["Reason 1 (vi)"]
    assert first["Reason 1 (en)"]


def test_rows_in_another_order_have_the_same_scores(
    tmp_path: Path, trained: Path, later: list[dict[str, str]], write_table: Callable[..., Path]
) -> None:
    forth = write_table(tmp_path / "forth.csv", later)
    back = write_table(tmp_path / "back.csv", later[::-1])
    found = []
    for table in (forth, back):
        run("score", table, "-o", table.with_suffix(".out"), "--model", trained)
        rows = csv.DictReader(table.with_suffix(".out").read_text().splitlines())
        found.append({row["Declaration ID"]: row["Score"] for row in rows})
    assert found[0] == found[1]


def test_rows_older_than_the_history_are_refused(
    small_model: Model, rows: list[dict[str, str]]
) -> None:
    items = [parse_item(row, 2) for row in rows]
    with pytest.raises(PastItemError):
        score_items(small_model, items)


def test_ranks_keep_the_order_of_ties(small_model: Model, later: list[dict[str, str]]) -> None:
    items = [parse_item(row, 2) for row in [later[0]]]
    one = score_items(small_model, items)[0]
    assert ranks([one, one, one]) == [1, 2, 3]


def test_the_commands_train_show_compare_and_watch(
    tmp_path: Path,
    make_rows: Callable[..., list[dict[str, str]]],
    write_table: Callable[..., Path],
    trained: Path,
    later: list[dict[str, str]],
) -> None:
    table = write_table(tmp_path / "train.csv", make_rows(700))
    done = run("train", table, "-o", tmp_path / "model", "--json")
    assert done.exit_code == 0
    answer = json.loads(done.stdout)
    assert answer["hash"] == json.loads((tmp_path / "model" / MANIFEST).read_text())["hash"]
    shown = run("train", table, "-o", tmp_path / "again")
    assert answer["hash"] in shown.stdout
    text = run("card", "--model", tmp_path / "model").stdout
    assert text.index("Goods never seen before") < text.index("All goods")
    window = write_table(tmp_path / "window.csv", later)
    compared = run("compare", window, tmp_path / "model", "--model", trained)
    assert compared.exit_code == 0
    assert "rank correlation" in compared.stdout
    assert json.loads(run("compare", window, trained, "--model", trained, "--json").stdout)["rows"]
    strange = [{**row, "Net Mass": "99999.9", "Country of Origin": "BR"} for row in later]
    moved = write_table(tmp_path / "moved.csv", strange)
    drifted = run("drift", moved, "--model", trained, "--on", "2026-11-23", "--json")
    assert drifted.exit_code == 1
    assert run("drift", moved, "--model", trained, "--on", "2026-11-23").exit_code == 1


@pytest.mark.parametrize("command", ["score", "drift", "compare", "train"])
def test_commands_name_what_cannot_be_used(tmp_path: Path, trained: Path, command: str) -> None:
    out = ["-o", tmp_path / "out"] if command in {"score", "train"} else []
    extra = [trained] if command == "compare" else []
    done = run(command, tmp_path / "absent.csv", *extra, *out, "--json")
    assert done.exit_code == 64
    assert json.loads(done.stdout)["error"] == "risk-table"


def test_a_changed_model_ends_the_commands(
    tmp_path: Path, trained: Path, later: list[dict[str, str]], write_table: Callable[..., Path]
) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    for path in trained.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "booster.txt").write_bytes(b"tree\n")
    table = write_table(tmp_path / "a.csv", later)
    done = run("score", table, "-o", tmp_path / "scores.csv", "--model", folder)
    assert done.exit_code == 69
    assert "rules decide alone" in done.output
    assert not (tmp_path / "scores.csv").exists()


def test_an_output_that_cannot_be_written_is_named(
    tmp_path: Path, trained: Path, later: list[dict[str, str]], write_table: Callable[..., Path]
) -> None:
    table = write_table(tmp_path / "a.csv", later)
    done = run("score", table, "-o", tmp_path, "--model", trained)
    assert done.exit_code == 64
    assert "risk-output" in done.output


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/data/kcs_synthetic")
def test_the_public_table_is_read_whole() -> None:
    from api.risk.model.table import load_items

    items = load_items(SHARED / "df_syn_valid_eng.csv", labelled=True)
    assert len(items) == 8134
    assert sum(bool(item.fraud) for item in items) == 1704


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/data/kcs_synthetic")
def test_the_default_model_comes_out_of_training_again(tmp_path: Path) -> None:
    from api.risk.model.model import default_model
    from api.risk.model.training import train

    tables = [SHARED / f"df_syn_{part}_eng.csv" for part in ("train", "valid")]
    kept = default_model()
    again = train(*tables, tmp_path / "model", name=kept.name, licence=kept.manifest.licence)
    assert again.card == kept.card
    assert again.manifest.files == kept.manifest.files
    unseen = again.card["unseen_goods"]
    assert unseen["auc"] > 0.62
    assert unseen["precision"]["10"] > 0.30
