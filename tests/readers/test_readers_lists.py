"""How lists of readers are read: sheets, titles, headings, cells, old encodings; and what is refused whole."""

from __future__ import annotations

from datetime import date

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reader_lists import codes, counts, run, small, xlsx
from readers_made import YEAR

from catalog_imports.readers_source import class_in_title, read_reader_file
from catalog_imports.tables import ImportBatch
from library.foundation.errors import InvalidInput
from library.readers import queries


def test_class_from_sheet_names_and_several_sheets(database: str) -> None:
    rows = [["Họ và tên", "Ngày sinh"], ["Lê An", "1/2/2015"]]
    result = run(xlsx({"6A1": rows, "6A2": [["Họ và tên", "Ngày sinh"], ["Lê Bình", "2/2/2015"]], "Ghi chú": [["x"]]}))
    assert counts(result) == (2, 0, 0, 0, 0)
    assert [(item.name, item.pupils) for item in queries.list_classes(YEAR)] == [("6A1", 1), ("6A2", 1)]


def test_signatures_totals_and_repeated_headers_are_no_pupils(database: str) -> None:
    headings = ["STT", "Họ và tên", "Ngày sinh", "Lớp"]
    data = xlsx(
        {"DS": [headings, [1, "Lê An", "1/2/2015", "6A1"], headings, [2, "Lê Bình", "1/3/2015", "6A1"], [],
                [None, "Tổng số: 2 học sinh"], [None, None, None, "Hiệu trưởng"], [None, "Nguyễn Thị Hiệu Trưởng"]]}
    )  # fmt: skip
    result = run(data)
    assert counts(result) == (2, 0, 0, 0, 0)


def test_family_and_given_name_in_two_columns_and_a_mark_for_girls(database: str) -> None:
    headings = ["TT", "Họ và tên đệm", "Tên", "Nữ", "Lớp"]
    run(xlsx({"a": [headings, [1, "Lê Thị", "Hoa", "x", "6A1"], [2, "Lê Văn", "An", None, "6A1"]]}))
    found = queries.search_readers("")[0]
    assert [(c.full_name, c.gender) for c in found] == [("Lê Văn An", "male"), ("Lê Thị Hoa", "female")]


def test_csv_in_an_old_encoding_with_semicolons(database: str) -> None:
    text = "Ho\u0323 va\u0300 t\u00ean;Nga\u0300y sinh;L\u01a1\u0301p\n" + "".join(
        f"Tr\u00e2\u0300n Th\u1ecb {name};0{n}/02/2015;6A1\n".replace("\u1ecb", "i\u0323") for n, name in enumerate(("Hoa", "Lan"), 1)
    )
    result = run(text.encode("cp1258"), "lop.csv")
    assert counts(result) == (2, 0, 0, 0, 0)
    assert queries.search_readers("trần thị lan")[1] == 1
    assert "sheet_old_letters" in codes(result)


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.xlsx", "sheet_empty"),
        (b"%PDF-1.4", "a.xlsx", "sheet_pdf"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 9, "a.xlsx", "sheet_not_table"),
        (b"Ten sach;Gia\nDe men;20000\n", "a.csv", "readers_no_header"),
    ],
)
def test_unusable_files_change_nothing(sqlite_database: str, data: bytes, name: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        run(data, name)
    assert caught.value.code == code
    assert ImportBatch.select().count() == 0


def test_a_bad_school_year_is_refused(sqlite_database: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        run(small([1, "", "Lê An", "1/2/2015", "6A1"]), school_year="2026")
    assert caught.value.code == "school_year_bad"


def test_school_year_of_the_title_and_of_the_person(database: str) -> None:
    data = xlsx({"x": [["NĂM HỌC 2027 – 2028 LỚP 6A1"], ["STT", "Họ và tên"], [1, "Lê Kim"]]})
    assert run(data, dry_run=True).plan.school_year == "2027-2028"
    chosen = run(data, school_year="2026–2027")
    assert chosen.plan.school_year == YEAR
    assert codes(chosen) == ["school_year_differs"]


def test_formulas_errors_and_rounded_codes_are_said(database: str) -> None:
    result = run(
        small([1, "8,91235E+09", "Lê An", "1/2/2015", "6A1"], [2, "8912345678", "=A1&A2", "1/2/2015", "6A1"],
              [3, "8912345679", "Lê Chi", "#REF!", "6A1"])
    )  # fmt: skip
    assert counts(result) == (1, 0, 0, 0, 2)
    assert sorted(codes(result)) == ["cell_formula_no_value", "cell_has_error", "code_rounded", "row_no_name"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("DANH SÁCH HỌC SINH LỚP 12.6", "12.6"), ("Danh sách lớp: 6A1 năm học 2026", "6A1"),
        ("LỚP 10 TOÁN", "10 Toán"), ("LỚP 6 NĂM HỌC 2026-2027", "6"), ("LỚP 9/2 - GVCN: Lê Lan", "9/2"),
        ("Danh sách học sinh", None), ("LỚP 45", None),
    ],
)  # fmt: skip
def test_class_names_in_titles(title: str, name: str | None) -> None:
    assert class_in_title(title) == name


def test_names_typed_with_old_fonts_in_a_workbook(database: str) -> None:
    rows = [
        ["STT", "Hä vµ tªn", "Ngµy sinh", "Líp"],
        *[[n, name, "1/2/2015", "6A1"] for n, name in enumerate(("NguyÔn ThÞ §µo", "TrÇn V¨n Hïng", "Lª ThÞ Hång"), 1)],
    ]
    result = run(xlsx({"Sheet1": rows}))
    assert counts(result) == (3, 0, 0, 0, 0)
    assert "sheet_old_letters" in codes(result)
    assert {c.full_name for c in queries.search_readers("")[0]} == {"Nguyễn Thị Đào", "Trần Văn Hùng", "Lê Thị Hồng"}


cells = st.one_of(st.none(), st.text(max_size=12), st.integers(-5, 60000), st.floats(allow_nan=False, allow_infinity=False))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(cells, min_size=5, max_size=5), max_size=6))
def test_any_cells_are_read_or_refused_row_by_row(sqlite_database: str, rows: list[list]) -> None:
    clean = [
        [openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", v).lstrip("=") if isinstance(v, str) else v for v in row]
        for row in rows
    ]
    file = read_reader_file(small(*clean), "a.xlsx", date(2026, 11, 22))
    assert len(file.drafts) <= len(rows)
    result = run(small(*clean), dry_run=True)
    assert result.counts.read == len(file.drafts)
