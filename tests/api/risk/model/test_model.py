"""A model is loaded whole or refused; training and scores repeat bit for bit."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from hashlib import sha256
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Never
from zipfile import ZipFile

import pytest

from api.risk.model import library
from api.risk.model.booster import Encoding, Row
from api.risk.model.calibration import Calibration, isotonic
from api.risk.model.catalogue import FEATURES
from api.risk.model.errors import (
    FeatureError,
    ModelRefusedError,
    ModelUnavailableError,
    TrainingDataError,
)
from api.risk.model.item import Item, parse_item
from api.risk.model.manifest import FILES, MANIFEST
from api.risk.model.model import DEFAULT_FOLDER, Contribution, Model, Score, default_model
from api.risk.model.reasons import reasons
from api.risk.model.recipe import Recipe
from api.risk.model.scoring import score_items
from api.risk.model.training import train

SCORED = """
import json, sys
from api.risk.model import Model
rows = json.load(sys.stdin)
print([[s.ppm, s.margin, [[c.feature, c.ppm] for c in s.contributions]]
       for s in Model.load(__import__("pathlib").Path(sys.argv[1])).score(rows)])
"""


@pytest.fixture
def fresh(make_rows: Callable[..., list[dict[str, str]]]) -> list[Item]:
    rows = make_rows(60, date(2020, 6, 15), 20, seed=9)
    return [parse_item(row, line) for line, row in enumerate(rows, start=2)]


@pytest.fixture
def feature_sets(small_model: Model, fresh: list[Item]) -> list[Row]:
    return [one.row for one in score_items(small_model, fresh)]


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def copied(folder: Path, target: Path) -> Path:
    target.mkdir()
    for name in (MANIFEST, *FILES):
        (target / name).write_bytes((folder / name).read_bytes())
    return target


@pytest.mark.parametrize("name", [MANIFEST, *FILES])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.999])
def test_one_changed_byte_is_refused(
    trained: Path, tmp_path: Path, name: str, share: float
) -> None:
    folder = copied(trained, tmp_path / "copy")
    assert Model.load(folder).hash == Model.load(trained).hash
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(flipped(data, int(len(data) * share)))
    with pytest.raises(ModelRefusedError, match="rules decide alone"):
        Model.load(folder)


@pytest.mark.parametrize("name", [MANIFEST, *FILES])
def test_a_missing_file_is_named(trained: Path, tmp_path: Path, name: str) -> None:
    folder = copied(trained, tmp_path / "copy")
    (folder / name).unlink()
    with pytest.raises(ModelRefusedError, match=name):
        Model.load(folder)


def test_another_model_than_the_approved_is_refused(trained: Path) -> None:
    with pytest.raises(ModelRefusedError, match="approved is"):
        Model.load(trained, expected=bytes(32))
    assert Model.load(trained, expected=Model.load(trained).hash).name == "small"


def test_a_model_travels_as_one_file(trained: Path, feature_sets: list[Row]) -> None:
    model = Model.load(trained)
    packed = model.packed()
    again = Model.load(packed)
    assert again.packed() == packed
    assert again.score(feature_sets) == model.score(feature_sets)
    for damaged in (b"", packed[:100], flipped(packed, len(packed) // 2)):
        with pytest.raises(ModelRefusedError):
            Model.load(damaged)


def test_training_twice_gives_the_same_bytes(
    tmp_path: Path,
    make_rows: Callable[..., list[dict[str, str]]],
    write_table: Callable[..., Path],
    small_recipe: Recipe,
) -> None:
    table = write_table(tmp_path / "train.csv", make_rows(700))
    for name in ("a", "b"):
        train(table, None, tmp_path / name, recipe=small_recipe)
    for name in (MANIFEST, *FILES):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_other_data_gives_another_hash(
    tmp_path: Path,
    make_rows: Callable[..., list[dict[str, str]]],
    write_table: Callable[..., Path],
    small_recipe: Recipe,
) -> None:
    hashes = set()
    for seed in (1, 2):
        table = write_table(tmp_path / f"{seed}.csv", make_rows(700, seed=seed))
        hashes.add(train(table, None, tmp_path / str(seed), recipe=small_recipe).hash)
    assert len(hashes) == 2


def test_a_fresh_process_gives_the_same_scores(
    trained: Path, small_model: Model, feature_sets: list[Row]
) -> None:
    here = [
        [one.ppm, one.margin, [[part.feature, part.ppm] for part in one.contributions]]
        for one in small_model.score(feature_sets)
    ]
    done = subprocess.run(
        [sys.executable, "-c", SCORED, str(trained)],
        input=json.dumps(feature_sets),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(here)


def test_one_by_one_scores_as_in_a_batch(small_model: Model, feature_sets: list[Row]) -> None:
    assert small_model.score(feature_sets) == [small_model.score([row])[0] for row in feature_sets]
    assert small_model.score([]) == []


def test_contributions_sum_to_the_margin(small_model: Model, feature_sets: list[Row]) -> None:
    for one in small_model.score(feature_sets):
        total = one.base + sum(part.ppm for part in one.contributions)
        assert abs(total - one.margin) <= len(one.contributions) + 1
        sizes = [abs(part.ppm) for part in one.contributions]
        assert sizes == sorted(sizes, reverse=True)
    bare = small_model.score(feature_sets, reasons=False)
    assert [one.ppm for one in bare] == [one.ppm for one in small_model.score(feature_sets)]


def test_a_row_that_lacks_a_feature_is_refused(small_model: Model, feature_sets: list[Row]) -> None:
    name = small_model.features[0]
    with pytest.raises(FeatureError, match=name):
        small_model.score([{key: text for key, text in feature_sets[0].items() if key != name}])
    for text in ("heavy", "nan", "inf"):
        with pytest.raises(FeatureError, match="number"):
            small_model.score([{**feature_sets[0], name: text}])


def test_an_unknown_country_reads_as_missing(small_model: Model, feature_sets: list[Row]) -> None:
    strange = small_model.score([{**feature_sets[0], "origin": "XX"}])
    assert strange == small_model.score([{**feature_sets[0], "origin": ""}])


def test_reasons_are_words_in_both_languages(small_model: Model, feature_sets: list[Row]) -> None:
    row, score = feature_sets[0], small_model.score(feature_sets)[0]
    found = reasons(row, score)
    assert [one.feature for one in found] == [one.feature for one in score.contributions[:3]]
    assert all("rủi ro" in one.vi and "the risk" in one.en for one in found)
    rising = {one.feature for one in found if one.ppm > 0}
    assert rising == {one.feature for one in found if "raises" in one.en}


@pytest.mark.parametrize(
    ("feature", "value", "words"),
    [
        ("price_log10", "5.618", "(≈ 415000)"),
        ("net_mass_log10", "-2.000", "(≈ 0.01)"),
        ("unit_price_log10", "1.000", "(≈ 10)"),
        ("goods_rate", "0.1554", "(15.5 %)"),
        ("tax_rate", "8", "(8)"),
        ("origin_differs", "1", "(yes)"),
        ("importer_new", "0", "(no)"),
        ("origin", "", "(not known)"),
    ],
)
def test_values_are_shown_as_people_read_them(feature: str, value: str, words: str) -> None:
    score = Score(1, (Contribution(feature, 5),), 5, 0)
    (reason,) = reasons({feature: value}, score)
    assert words in reason.en


def test_contributions_of_zero_are_no_reasons() -> None:
    assert reasons({}, Score(1, (Contribution("origin", 0),), 0, 0)) == ()


@pytest.mark.parametrize("feature", FEATURES)
def test_every_feature_has_words(small_model: Model, feature_sets: list[Row], feature: str) -> None:
    kept = small_model.score(feature_sets)[0]
    part = Contribution(feature, -5)
    score = Score(kept.ppm, (part,), kept.margin, kept.base)
    for value in ("", feature_sets[0][feature]):
        (reason,) = reasons({feature: value}, score)
        assert "lowers" in reason.en


def test_the_model_learned_what_the_rows_hold(small_model: Model, fresh: list[Item]) -> None:
    scored = score_items(small_model, fresh, explain=False)
    frauds = [one.score.ppm for one in scored if one.item.fraud]
    others = [one.score.ppm for one in scored if not one.item.fraud]
    assert sum(frauds) / len(frauds) > 1.3 * sum(others) / len(others)


@pytest.mark.parametrize(("count", "start"), [(50, date(2020, 6, 1)), (300, date(2020, 3, 1))])
def test_too_few_or_overlapping_rows_are_refused(
    tmp_path: Path,
    make_rows: Callable[..., list[dict[str, str]]],
    write_table: Callable[..., Path],
    count: int,
    start: date,
) -> None:
    first = write_table(tmp_path / "a.csv", make_rows(count))
    later = write_table(tmp_path / "b.csv", make_rows(60, start, seed=3))
    with pytest.raises(TrainingDataError):
        train(first, later, tmp_path / "model")


def test_one_sided_labels_are_refused(
    tmp_path: Path, make_rows: Callable[..., list[dict[str, str]]], write_table: Callable[..., Path]
) -> None:
    rows = [{**row, "Fraud": "0", "Critical Fraud": "0"} for row in make_rows(700)]
    with pytest.raises(TrainingDataError, match="0 frauds"):
        train(write_table(tmp_path / "a.csv", rows), None, tmp_path / "model")


def test_a_calibration_rises_and_stays_within_bounds() -> None:
    labels = [place % 7 < place // 100 for place in range(700)]
    found = isotonic([place * 1000 - 350_000 for place in range(700)], labels)
    ppms = [found.ppm(margin) for margin in range(-30_000_000, 30_000_000, 250_000)]
    assert all(low <= high for low, high in pairwise(ppms))
    assert 0 < ppms[0] < ppms[-1] < 1_000_000
    middle = sum(found.ppm(place * 1000 - 350_000) for place in range(700)) / 700
    assert abs(middle / 1_000_000 - sum(labels) / 700) < 0.02


@pytest.mark.parametrize("points", [(), ((0, 1),), ((0, 1), (0, 2)), ((0, 2), (1, 1))])
def test_a_calibration_that_does_not_rise_is_refused(points: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ValueError, match="rise"):
        Calibration(points)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (ModuleNotFoundError("no", name="lightgbm"), "extra `risk`"),
        (OSError("libgomp.so.1: cannot open shared object file"), "libgomp1"),
        (OSError("wrong ELF class"), "wrong ELF class"),
    ],
)
def test_a_missing_library_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
    trained: Path,
    feature_sets: list[Row],
    fault: Exception,
    text: str,
) -> None:
    def absent(_name: str) -> Never:
        raise fault

    monkeypatch.setattr(library, "import_module", absent)
    model = Model.load(trained)  # loading and history need no library
    assert model.state().labels
    with pytest.raises(ModelUnavailableError, match=text):
        model.score(feature_sets)


def test_the_package_imports_without_the_library() -> None:
    code = (
        "import sys; sys.modules['lightgbm'] = sys.modules['numpy'] = None\n"
        "import api.risk.model as m; m.default_model().state()\n"
        "print(m.default_model().hash.hex())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == default_model().hash.hex()


def test_the_default_model_is_small_and_names_its_licence() -> None:
    sizes = [path.stat().st_size for path in DEFAULT_FOLDER.iterdir()]
    assert sum(sizes) < 1_000_000
    assert "MIT" in default_model().manifest.licence
    assert (DEFAULT_FOLDER.parent / "LICENSE.kcs").is_file()


def resigned(trained: Path, folder: Path, **members: object) -> Path:
    """Return a copy whose manifest has other members and the hash that fits them."""
    copied(trained, folder)
    manifest = replace(Model.load(trained).manifest, **members)  # type: ignore[arg-type]
    (folder / MANIFEST).write_bytes(manifest.to_bytes())
    return folder


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"files": {"booster.txt": "00"}}, "must name the files"),
        ({"encoding": Encoding(("moon_phase",), {})}, "unknown features moon_phase"),
    ],
)
def test_a_manifest_that_fits_its_hash_is_still_read_strictly(
    trained: Path, tmp_path: Path, members: dict[str, object], problem: str
) -> None:
    with pytest.raises(ModelRefusedError, match=problem):
        Model.load(resigned(trained, tmp_path / "copy", **members))


def test_a_renamed_model_has_another_hash(trained: Path, tmp_path: Path) -> None:
    other = Model.load(resigned(trained, tmp_path / "copy", version="2"))
    assert other.hash != Model.load(trained).hash


def test_trees_of_other_columns_are_refused(
    trained: Path, tmp_path: Path, feature_sets: list[Row]
) -> None:
    model = Model.load(trained)
    fewer = replace(model.manifest.encoding, features=model.features[1:])
    with pytest.raises(ModelRefusedError, match="other columns"):
        Model.load(resigned(trained, tmp_path / "a", encoding=fewer)).score(feature_sets)
    folder = copied(trained, tmp_path / "b")
    (folder / "booster.txt").write_text("no trees\n")
    files = {**model.manifest.files, "booster.txt": sha256(b"no trees\n").hexdigest()}
    manifest = replace(model.manifest, files=files)
    (folder / MANIFEST).write_bytes(manifest.to_bytes())
    with pytest.raises(ModelRefusedError, match="no trees"):
        Model.load(folder).score(feature_sets)


@pytest.mark.parametrize("text", ["{}", "[]", "", '{"hash":1,"format":"other"}'])
def test_another_manifest_is_refused(trained: Path, tmp_path: Path, text: str) -> None:
    folder = copied(trained, tmp_path / "copy")
    (folder / MANIFEST).write_text(text)
    with pytest.raises(ModelRefusedError, match="no manifest of this format"):
        Model.load(folder)


def test_an_archive_without_manifest_is_refused() -> None:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("card.md", "")
    with pytest.raises(ModelRefusedError, match="is missing"):
        Model.load(out.getvalue())
