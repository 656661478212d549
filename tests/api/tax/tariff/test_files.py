"""Tables in, versions by date out: the report of bad rows, files that are never overwritten."""

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from api.tax.errors import (
    TariffCodeError,
    TariffConflictError,
    TariffDateError,
    TariffFileError,
    TariffFolderError,
    TaxError,
)
from api.tax.tariff.cli import tariff_app
from api.tax.tariff.files import (
    load_tariff,
    parse_version,
    store_version,
    version_bytes,
    version_name,
)
from api.tax.tariff.importing import ImportReport, import_table
from api.tax.tariff.schedule import Row, Tariff, Version, nearest

SAMPLE = Path(__file__).parents[5] / "shared/data/tariff/vn_tariff_sample.csv"
FROM = date(2023, 7, 15)
ON = date(2026, 11, 23)
HEADER = "hs8,desc_en,unit_vi,nktt,nkud,acfta,cptpp,rcept,ttdb,vat\n"
GOOD = '85123010,Horns,chiếc,37.5,25,"0 (-PH, CN)","28; M: 35",25,,8/10\n'
OTHER = "85122020,Lighting,chiếc,,25,50,*,25,ĐB,*/8/10\n"


def imported(
    tmp_path: Path,
    text: str = HEADER + GOOD + OTHER,
    decree: str = "26/2023/ND-CP",
    begins: date = FROM,
    ends: date | None = None,
) -> ImportReport:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return import_table(path, decree, "gazette", begins, ends)


def test_a_table_becomes_a_version(tmp_path: Path) -> None:
    report = imported(tmp_path, "\ufeff" + HEADER + GOOD + "\n,,,,,,,,,\n" + OTHER)
    assert (report.good, report.bad, report.findings) == (2, 0, ())
    assert report.version.columns == ("acfta", "cptpp", "nktt", "nkud", "rcep", "ttdb", "vat")
    row = report.version.rows["85123010"]
    assert (row.description, row.unit, row.cells["acfta"]) == ("Horns", "chiếc", "0 (-PH, CN)")


def test_dotted_codes_are_read(tmp_path: Path) -> None:
    report = imported(tmp_path, HEADER + GOOD.replace("85123010", "8512.30.10"))
    assert list(report.version.rows) == ["85123010"]


@pytest.mark.parametrize(
    ("old", "new", "place", "problem"),
    [
        ("85123010", "8512301", ("hs8", 0), "leading zero"),
        ("85123010", "851230", ("hs8", 0), "6 digits"),
        ("85123010", "85x", ("hs8", 0), "no HS code"),
        ("85123010", "", ("hs8", 0), "no HS code"),
        ("37.5", "37.500", ("nktt", 6), "decimals or thousands"),
        (",25,", ",abc,", ("nkud", 1), "a rate"),
        (",25,", ",150% thuế MFN,", ("nkud", 4), "belongs into column nktt"),
        (",25,", ",ĐB,", ("nkud", 1), "belongs into column ttdb"),
        (",25,", ",25 (-PH),", ("nkud", 6), "PH is no party"),
        ("CN)", "US)", ("acfta", 9), "US is no party of ACFTA"),
        ("M: 35", "Q: 35", ("cptpp", 5), "no party Q"),
        ("8/10", "5 VND/kg", ("vat", 6), "VAT is a percentage"),
        (",Horns,", ",", ("", 0), "has 9 cells"),
        ("Horns", "H" * 2_001, ("description", 0), "2000 characters"),
    ],
)
def test_a_bad_row_says_where_and_what_to_do(
    tmp_path: Path, old: str, new: str, place: tuple[str, int], problem: str
) -> None:
    report = imported(tmp_path, HEADER + OTHER + GOOD.replace(old, new, 1))
    assert (report.good, report.bad) == (1, 1)
    [found] = report.findings
    assert (found.row, found.column, found.position) == (3, *place)
    assert problem in found.problem
    assert str(found).startswith("row 3")


def test_every_bad_cell_of_a_row_is_named(tmp_path: Path) -> None:
    text = HEADER + "85123010,Horns,chiếc,x,y,0,0,0,,8/10\n"
    report = imported(tmp_path, text)
    assert [found.column for found in report.findings] == ["nktt", "nkud"]
    assert (report.good, report.bad) == (0, 1)


def test_a_code_stands_once(tmp_path: Path) -> None:
    report = imported(tmp_path, HEADER + GOOD + OTHER + GOOD)
    [found] = report.findings
    assert "stands in row 2 already" in found.problem
    assert (found.row, report.good) == (4, 2)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "0 columns of codes"),
        ("nkud\n5\n", "0 columns of codes"),
        ("hs8,hs,nkud\n", "2 columns of codes"),
        ("hs8,desc_en\n", "no column of rates"),
        ("hs8,nkud,tpp\n", "unknown column 'tpp'"),
        ("hs8,rcep,rcept\n", "rcep stands twice"),
        ('hs8,nkud\n85123010,"5"x\n', "line 2"),
    ],
)
def test_a_file_without_table(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(TariffFileError, match=problem):
        imported(tmp_path, text)


def test_a_file_of_other_bytes(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"hs8,nkud\n\xff\n")
    with pytest.raises(TariffFileError, match="line 2 is not UTF-8"):
        import_table(path, "1/2023", "x", FROM)
    with pytest.raises(TariffFileError, match="No such file"):
        import_table(tmp_path / "absent.csv", "1/2023", "x", FROM)


def test_a_table_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.tax.tariff.tables.ROWS_LIMIT", 2)
    with pytest.raises(TariffFileError, match="more than 2 rows"):
        imported(tmp_path)
    monkeypatch.setattr("api.tax.tariff.tables.TABLE_LIMIT", 10)
    with pytest.raises(TariffFileError, match="more than 10 bytes"):
        imported(tmp_path)


@pytest.mark.parametrize(("decree", "ends"), [("", None), ("\x00", None), ("26/2023", FROM)])
def test_a_version_has_a_number_and_days(tmp_path: Path, decree: str, ends: date | None) -> None:
    with pytest.raises(TariffFileError):
        imported(tmp_path, decree=decree, ends=ends)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_fail_otherwise_than_as_a_file(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.csv"
    path.write_bytes(b"hs8,nkud\n" + data)
    try:
        report = import_table(path, "1/2023", "x", FROM)
    except TaxError as error:
        assert str(error)  # noqa: PT017 - either outcome is fine
        return
    assert report.good + report.bad <= len(data)


def workbook(path: Path, rows: list[list[Any]]) -> Path:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    book.close()
    return path


def test_a_spreadsheet_is_read_as_it_would_be_typed(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["hs8", "nktt", "nkud", "cptpp", None],
        ["85123010", 37.5, 25, "28; M: 35", None],
        [85122020, 5.0, None, "*", None],
        ["85129020", 5, 5, datetime(2026, 1, 2), None],  # noqa: DTZ001 - as spreadsheets have it
    ]
    report = import_table(workbook(tmp_path / "table.xlsx", rows), "1/2023", "x", FROM)
    assert dict(report.version.rows["85123010"].cells) == {
        "nktt": "37.5",
        "nkud": "25",
        "cptpp": "28; M: 35",
    }
    assert dict(report.version.rows["85122020"].cells) == {"nktt": "5", "nkud": "", "cptpp": "*"}
    [found] = report.findings
    assert (found.row, found.column) == (4, "cptpp")
    assert found.cell.startswith("date 2026-01-02")


def test_a_spreadsheet_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "table.xlsx"
    path.write_bytes(b"PK\x03\x04 not a zip file")
    with pytest.raises(TariffFileError, match="no readable XLSX"):
        import_table(path, "1/2023", "x", FROM)
    workbook(path, [["hs8", "nkud"]])
    monkeypatch.setattr("api.tax.tariff.tables._UNPACKED_FACTOR", 0)
    with pytest.raises(TariffFileError, match="unpacks to too much"):
        import_table(path, "1/2023", "x", FROM)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(TariffFileError, match="openpyxl is not installed"):
        import_table(path, "1/2023", "x", FROM)


# Versions


def version(
    decree: str,
    begins: date,
    rows: dict[str, dict[str, str]],
    ends: date | None = None,
) -> Version:
    columns = tuple(sorted({name for cells in rows.values() for name in cells}))
    found = {hs: Row(hs, f"of {decree}", "", cells) for hs, cells in rows.items()}
    return Version(decree, "gazette", begins, ends, columns, found)


BASIC = version(
    "26/2023",
    FROM,
    {"27101211": {"nkud": "10", "vat": "10"}, "27101212": {"nkud": "8", "vat": "10"}},
)
FUELS = version("72/2026", date(2026, 3, 1), {"27101211": {"nkud": "0"}}, date(2026, 5, 1))


@pytest.mark.parametrize(
    ("hs", "on", "mfn", "decree"),
    [
        ("27101211", FROM, "10", "26/2023"),
        ("27101211", date(2026, 2, 28), "10", "26/2023"),
        ("27101211", date(2026, 3, 1), "0", "72/2026"),
        ("27101211", date(2026, 4, 30), "0", "72/2026"),
        ("27101211", date(2026, 5, 1), "10", "26/2023"),
        ("27101212", date(2026, 3, 1), "8", "26/2023"),
    ],
)
def test_a_later_decree_wins_on_its_cells_alone(hs: str, on: date, mfn: str, decree: str) -> None:
    found = Tariff.of([FUELS, BASIC]).lookup(hs, on)
    assert (str(found.cell("nkud")), found.decree("nkud")) == (mfn, decree)
    assert (str(found.cell("vat")), found.decree("vat")) == ("10", "26/2023")
    assert (str(found.cell("acfta")), found.decree("acfta")) == ("", "")
    assert found.description == f"of {decree}"


def test_versions_in_force() -> None:
    tariff = Tariff.of([FUELS, BASIC])
    assert [found.decree for found in tariff.in_force(ON)] == ["26/2023"]
    assert [found.decree for found in tariff.in_force(date(2026, 4, 1))] == ["26/2023", "72/2026"]


def test_two_decrees_of_one_day_may_not_contradict_each_other() -> None:
    same = version("73/2026", FUELS.effective_from, {"27101211": {"nkud": "0"}})
    assert len(Tariff.of([FUELS, same]).versions) == 2
    other = version("73/2026", FUELS.effective_from, {"27101211": {"nkud": "1"}})
    with pytest.raises(TariffConflictError, match="27101211, column nkud"):
        Tariff.of([FUELS, other])


@pytest.mark.parametrize(
    ("hs", "problem", "suggestions"),
    [
        ("27101219", "no line of the tariff on 2026-11-23", ("27101211", "27101212")),
        ("271012", "has 6 digits", ("27101211", "27101212")),
        ("2799", "has 4 digits", ("27101211", "27101212")),
        ("99999999", "no line", ()),
        ("2710.12.11", "send 8 digits", ("27101211", "27101212")),
        ("", "send 8 digits", ()),
        ("x" * 5_000, "send 8 digits", ()),
    ],
)
def test_an_unknown_code(hs: str, problem: str, suggestions: tuple[str, ...]) -> None:
    with pytest.raises(TariffCodeError, match=problem) as caught:
        Tariff.of([BASIC]).lookup(hs, ON)
    assert {code[:2] for code in caught.value.suggestions} == {code[:2] for code in suggestions}
    assert len(str(caught.value)) < 300


def test_the_nearest_codes_share_the_longest_beginning() -> None:
    known = ["27101211", "27102000", "27111100", "84713020"]
    assert nearest("27101299", known) == ("27101211",)
    assert nearest("27109999", known) == ("27101211", "27102000")
    assert nearest("27990000", known) == ("27101211", "27102000", "27111100")
    assert nearest("99", known) == ()


def test_a_day_without_tariff() -> None:
    with pytest.raises(TariffDateError, match="26/2023 from 2023-07-15"):
        Tariff.of([BASIC]).lookup("27101211", date(2023, 7, 14))
    with pytest.raises(TariffDateError, match="no version is held"):
        Tariff.of([]).lookup("27101211", ON)
    with pytest.raises(TariffDateError, match="until before 2026-05-01"):
        Tariff.of([FUELS]).lookup("27101211", date(2026, 5, 1))


# Files


def test_a_version_is_kept_and_read_again(tmp_path: Path) -> None:
    found = imported(tmp_path).version
    path, new = store_version(found, tmp_path / "tariff")
    assert (path.name, new) == ("2023-07-15_26-2023-nd-cp.json", True)
    data = path.read_bytes()
    assert data == rfc8785.dumps(json.loads(data)) + b"\n"
    assert version_bytes(parse_version(data, path.name)) == data
    assert load_tariff(tmp_path / "tariff").lookup("85123010", ON).decree("nkud") == "26/2023/ND-CP"
    assert [entry.name for entry in (tmp_path / "tariff").iterdir()] == [path.name]


def test_the_same_version_again_changes_nothing_another_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "tariff"
    path, _ = store_version(BASIC, folder)
    before = path.read_bytes()
    assert store_version(BASIC, folder) == (path, False)
    with pytest.raises(TariffConflictError, match="another content"):
        store_version(version("26/2023", FROM, {"27101211": {"nkud": "9"}}), folder)
    with pytest.raises(TariffConflictError, match="says"):
        store_version(version("27/2023", FROM, {"27101211": {"nkud": "9"}}), folder)
    assert path.read_bytes() == before
    assert len(list(folder.iterdir())) == 1


def test_a_version_written_meanwhile_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tariff"
    path, _ = store_version(BASIC, folder)
    monkeypatch.setattr(Path, "exists", lambda _: False)
    other = version("26/2023", FROM, {"27101299": {"nkud": "9"}})
    with pytest.raises(TariffConflictError, match="meanwhile"):
        store_version(other, folder)
    assert path.read_bytes() == version_bytes(BASIC)
    assert len(list(folder.iterdir())) == 1


def test_names_of_versions() -> None:
    found = version("26/2023/N\N{LATIN CAPITAL LETTER D WITH STROKE}-CP", FROM, {})
    assert version_name(found) == "2023-07-15_26-2023-nd-cp.json"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"nkud":"10"', b'"nkud": "10"'),
        (b'"nkud":"10"', b'"nkud":"10%"'),
        (b'"nkud":"10"', b'"nkud":"x"'),
        (b'"nkud":"10"', b'"nkud":5'),
        (b'"nkud":"10"', b'"tpp":"10"'),
        (b'"hs":"27101211"', b'"hs":"2710"'),
        (b'"hs":"27101211"', b'"hs":"27101212"'),
        (b"tradeseal-tariff/1", b"tradeseal-tariff/2"),
        (b'"effective_from":"2023-07-15"', b'"effective_from":"x"'),
        (b'"rows":', b'"lines":'),
        (b"{", b"["),
        (b"2023", b"\xff"),
    ],
)
def test_a_changed_file_is_refused(tmp_path: Path, old: bytes, new: bytes) -> None:
    path, _ = store_version(BASIC, tmp_path)
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))
    with pytest.raises(TariffFolderError, match=r"import the decree's table again"):
        load_tariff(tmp_path)


def test_a_folder_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TariffFolderError, match="is no folder"):
        load_tariff(tmp_path / "absent")
    path, _ = store_version(BASIC, tmp_path / "a")
    path.rename(path.with_name("other.json"))
    with pytest.raises(TariffFolderError, match="holds the version"):
        load_tariff(tmp_path / "a")
    (tmp_path / "file").write_text("")
    with pytest.raises(TariffFolderError, match="can be written"):
        store_version(BASIC, tmp_path / "file")
    (tmp_path / "b" / "x.json").mkdir(parents=True)
    with pytest.raises(TariffFolderError, match="readable"):
        load_tariff(tmp_path / "b")
    monkeypatch.setattr("api.tax.tariff.files.FILE_LIMIT", 1)
    store_version(BASIC, tmp_path / "c")
    with pytest.raises(TariffFolderError, match="more than 1 bytes"):
        load_tariff(tmp_path / "c")


# The command


def command(*words: object) -> tuple[int, str, str]:
    found = CliRunner().invoke(tariff_app, [str(word) for word in words])
    assert found.exception is None or isinstance(found.exception, SystemExit)
    return found.exit_code, found.stdout, found.stderr


def import_command(path: Path, into: Path, *more: str) -> tuple[int, str, str]:
    words = ("import", path, "--decree", "26/2023/ND-CP", "--from", "2023-07-15", "--into", into)
    return command(*words, *more)


def test_import_and_show(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(HEADER + GOOD + OTHER, encoding="utf-8")
    code, out, _ = import_command(path, tmp_path / "t")
    assert code == 0
    assert "2 rows good, 0 bad" in out
    assert "written: " in out
    code, out, _ = import_command(path, tmp_path / "t", "--json")
    assert (code, json.loads(out)["new"], json.loads(out)["good"]) == (0, False, 2)
    code, out, _ = command("show", "8512.30.10", "--on", "2026-11-23", "--folder", tmp_path / "t")
    assert code == 0
    assert "28; M: 35" in out
    words = ("show", "85122020", "--on", "2026-11-23", "--folder", tmp_path / "t", "--json")
    code, out, _ = command(*words)
    assert code == 0
    assert json.loads(out)["cells"]["rcep"] == {"cell": "25", "decree": "26/2023/ND-CP"}


def test_a_bad_row_writes_nothing_unless_it_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(HEADER + GOOD + OTHER.replace("50", "x"), encoding="utf-8")
    code, out, err = import_command(path, tmp_path / "t")
    assert (code, out) == (1, "")
    assert "row 3, column acfta, 'x': character 1" in err
    assert "nothing written: correct the rows" in err
    assert not (tmp_path / "t").exists()
    code, out, _ = import_command(path, tmp_path / "t", "--skip-bad")
    assert code == 0
    assert "1 rows good, 1 bad" in out
    assert [row["hs"] for row in _rows(tmp_path / "t")] == ["85123010"]


def _rows(folder: Path) -> list[dict[str, Any]]:
    [path] = folder.iterdir()
    rows: list[dict[str, Any]] = json.loads(path.read_bytes())["rows"]
    return rows


def test_many_bad_rows_are_listed_in_full_on_demand(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    bad = "".join(f"{number:08},,,x,5,0,0,0,,10\n" for number in range(60))
    path.write_text(HEADER + bad, encoding="utf-8")
    code, _, err = import_command(path, tmp_path / "t", "--skip-bad")
    assert code == 1
    assert "… and 10 more" in err
    assert "no row can be used" in err
    code, out, _ = import_command(path, tmp_path / "t", "--json")
    assert (code, len(json.loads(out)["findings"])) == (1, 60)


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("show", "851230", "--on", "2026-11-23"), 1, "has 6 digits"),
        (("show", "85123010", "--on", "2020-01-01"), 1, "no tariff is in force"),
        (("show", "85123010", "--on", "yesterday"), 64, "is no day"),
    ],
)
def test_failures_end_with_a_text(
    tmp_path: Path, words: tuple[str, ...], code: int, text: str
) -> None:
    store_version(imported(tmp_path).version, tmp_path / "t")
    found, _, err = command(*words, "--folder", tmp_path / "t")
    assert found == code
    assert text in err
    found, _, err = command(*words, "--folder", tmp_path / "t", "--json")
    assert found == code
    assert text in json.loads(err)["error"]
    assert json.loads(err)["code"].startswith("tariff-")


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample of the tariff is not there")
def test_the_sample_is_imported_whole(tmp_path: Path) -> None:
    code, out, _ = import_command(SAMPLE, tmp_path / "t", "--to", "2028-01-01")
    assert code == 0
    assert "25 rows good, 0 bad" in out
    line = load_tariff(tmp_path / "t").lookup("87024010", ON)
    assert str(line.cell("nktt")) == "150% thuế MFN"
    assert str(line.cell("nkud")) == "Theo hướng dẫn tại khoản 1.1 Chương 98"
