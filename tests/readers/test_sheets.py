"""Spreadsheets as schools really send them: catalog_imports/sheets.py."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_imports import sheet_cells, sheet_headers, sheets

ALIASES = {
    "name": ("Họ tên", "Họ và tên"),
    "class": ("Lớp", "Lớp học"),
    "born": ("Ngày sinh",),
    "id": ("Mã định danh Bộ GD&ĐT",),
}
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


def xlsx(*rows: list, merge: tuple[str, ...] = (), title: str = "Sheet1") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for area in merge:
        sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_header_is_found_below_merged_title_rows() -> None:
    data = xlsx(
        ["SỞ GIÁO DỤC", None, None],
        ["DANH SÁCH HỌC SINH LỚP 12.6", None, None],
        [],
        ["STT", "Họ và tên", "Ngày sinh (dd/mm/yyyy)"],
        [1, "Nguyễn Văn An", "01/02/2010"],
        merge=("A1:C1", "A2:C2"),
    )
    (sheet,) = sheets.parse_sheets(data, "ds.xlsx")
    header = sheet_headers.find_header(sheet.rows, ALIASES, [("name",)])
    assert header is not None
    assert (header.first_row, dict(header.columns)) == (4, {"name": 1, "born": 2})
    assert "DANH SÁCH HỌC SINH LỚP 12.6" in header.titles
    assert header.unknown == {0: "STT"}
    rows = list(sheet_headers.data_rows(sheet, header, ALIASES))
    assert [(row.number, row.text(1)) for row in rows] == [(5, "Nguyễn Văn An")]


def test_header_of_two_rows_with_merged_heading() -> None:
    data = xlsx(
        ["STT", "Học sinh", None, "Lớp"],
        [None, "Họ tên", "Ngày sinh", None],
        [1, "Lê Bình", "3/4/2011", "6A1"],
        merge=("B1:C1", "A1:A2", "D1:D2"),
    )
    (sheet,) = sheets.parse_sheets(data, "a.xlsx")
    header = sheet_headers.find_header(sheet.rows, ALIASES, [("name",)])
    assert header is not None
    assert dict(header.columns) == {"class": 3, "name": 1, "born": 2}
    assert header.last_row == 2


def test_header_printed_again_on_each_page_is_no_data() -> None:
    data = xlsx(["Họ tên", "Lớp"], ["Lê Bình", "6A1"], ["Họ tên", "Lớp"], ["Trần An", "6A2"])
    (sheet,) = sheets.parse_sheets(data, "a.xlsx")
    header = sheet_headers.find_header(sheet.rows, ALIASES)
    assert header is not None
    assert [row.text(0) for row in sheet_headers.data_rows(sheet, header, ALIASES)] == ["Lê Bình", "Trần An"]


def test_no_header_is_said_as_none() -> None:
    (sheet,) = sheets.parse_sheets(xlsx(["Hàng", "Giá"], ["Bút", 3000]), "a.xlsx")
    assert sheet_headers.find_header(sheet.rows, ALIASES, [("name",)]) is None


def test_cell_merged_downwards_counts_for_every_row() -> None:
    data = xlsx(["Lớp", "Họ tên"], ["6A1", "An"], [None, "Bình"], ["6A2", "Chi"], merge=("A2:A3",))
    (sheet,) = sheets.parse_sheets(data, "a.xlsx")
    assert [row.text(0) for row in sheet.rows] == ["Lớp", "6A1", "6A1", "6A2"]


def test_formula_without_a_kept_value_is_marked_not_guessed() -> None:
    (sheet,) = sheets.parse_sheets(xlsx(["Họ tên", "Giá"], ["An", "=1+1"]), "a.xlsx")
    row = sheet.rows[1]
    assert row.get(1) is None
    assert row.formulas == {1}


def test_several_sheets_and_hidden_ones() -> None:
    book = openpyxl.Workbook()
    book.active.title = "6A1"
    book.active.append(["Họ tên", "Lớp"])
    book.create_sheet("6A2").append(["Họ tên", "Lớp"])
    hidden = book.create_sheet("danh mục")
    hidden.append(["x"])
    hidden.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    assert [sheet.name for sheet in sheets.parse_sheets(out.getvalue(), "a.xlsx")] == ["6A1", "6A2"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_separators_and_encodings(separator: str, encoding: str) -> None:
    text = f"Họ tên{separator}Lớp\r\nNguyễn Thị Đào{separator}6A1\r\n"
    (sheet,) = sheets.parse_sheets(text.encode(encoding), "a.csv")
    assert sheet.separator == separator
    assert [list(row.values) for row in sheet.rows] == [["Họ tên", "Lớp"], ["Nguyễn Thị Đào", "6A1"]]


def test_csv_in_cp1258_becomes_composed_letters() -> None:
    # CP1258 has ê, ơ, Đ as letters, and the tone as a mark of its own after them.
    half = "Ho\u0323 t\u00ean;L\u01a1\u0301p\nTr\u00e2\u0300n \u0110\u01b0\u0301c;6A1\n"
    (sheet,) = sheets.parse_sheets(half.encode("cp1258"), "a.csv")
    assert sheet.encoding == "cp1258"
    assert sheet.rows[0].text(0) == "Họ tên"
    assert sheet.rows[1].text(0) == "Trần Đức"


def test_csv_row_numbers_are_lines_also_after_a_field_with_line_breaks() -> None:
    (sheet,) = sheets.parse_sheets(b'a,b\n"x\ny",1\n\nz,2\n', "a.csv")
    assert [row.number for row in sheet.rows] == [1, 2, 5]


def test_excel_separator_note() -> None:
    (sheet,) = sheets.parse_sheets(b"sep=;\nHo ten;Lop\nAn, Binh;6A1\n", "a.csv")
    assert [row.number for row in sheet.rows] == [2, 3]
    assert sheet.rows[1].text(0) == "An, Binh"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "sheet_empty"),
        (b"\xef\xbb\xbf  \r\n", "sheet_empty"),
        (b"%PDF-1.7 ...", "sheet_pdf"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "sheet_old_xls"),
        (b"PK\x03\x04 cut", "sheet_broken"),
        (bytes(range(1, 32)) * 20, "sheet_not_table"),
    ],
)
def test_files_that_are_no_table_say_what_they_are(data: bytes, code: str) -> None:
    with pytest.raises(sheets.SheetError) as caught:
        sheets.parse_sheets(data, "danh sach.xlsx")
    assert caught.value.code == code


def test_truncated_workbook() -> None:
    data = xlsx(*[[f"dòng {number}", number] for number in range(200)])
    with pytest.raises(sheets.SheetError) as caught:
        sheets.parse_sheets(data[: len(data) // 2], "a.xlsx")
    assert caught.value.code == "sheet_broken"


def test_zip_that_is_no_workbook() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(sheets.SheetError) as caught:
        sheets.parse_sheets(out.getvalue(), "a.xlsx")
    assert caught.value.code == "sheet_not_table"


def test_unpacking_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(sheets.SheetError) as caught:
        sheets.parse_sheets(xlsx(*[["x" * 50]] * 300), "a.xlsx")
    assert caught.value.code == "sheet_unpacks_too_large"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2012, 3, 4), date(2012, 3, 4)),  # noqa: DTZ001 - a cell has no zone
        (40972, date(2012, 3, 4)),
        (40972.0, date(2012, 3, 4)),
        ("40972", date(2012, 3, 4)),
        ("04/03/2012", date(2012, 3, 4)),
        ("4-3-2012", date(2012, 3, 4)),
        ("4.3.12", date(2012, 3, 4)),
        ("2012-03-04 00:00:00", date(2012, 3, 4)),
        ("", None),
        (None, None),
    ],
)
def test_dates_as_text_numbers_and_dates(value, expected) -> None:
    assert sheet_cells.cell_date(value) == expected


@pytest.mark.parametrize("value", ["31/02/2012", "12/25/2012", "không rõ", 2012, "2012", True])
def test_what_is_no_date_is_refused(value) -> None:
    with pytest.raises(ValueError):
        sheet_cells.cell_date(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("25.000 đ", 25000), ("25,000", 25000), (25000.0, 25000), ("1.250.000", 1250000), ("45000.00", 45000),
        ("", None),
    ],
)
def test_money(value, expected) -> None:
    assert sheet_cells.cell_number(value) == expected


def test_codes_stay_text() -> None:
    assert sheet_cells.cell_code(8912345678.0) == "8912345678"
    assert sheet_cells.cell_code("0812345678") == "0812345678"
    assert sheet_cells.cell_code("'0812345678") == "0812345678"
    for lost in ("8,91235E+09", 1.2e15):
        with pytest.raises(ValueError):
            sheet_cells.cell_code(lost)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(WORDS, min_size=2, max_size=5), min_size=1, max_size=8))
def test_any_utf8_text_is_read_or_named_never_crashes(rows: list[list[str]]) -> None:
    import csv

    out = io.StringIO()
    csv.writer(out).writerows(rows)
    try:
        read = sheets.parse_sheets(out.getvalue().encode(), "a.csv")
    except sheets.SheetError as error:
        assert error.code in ("sheet_empty", "sheet_not_table")
    else:
        assert sum(len(sheet.rows) for sheet in read) <= len(rows)
