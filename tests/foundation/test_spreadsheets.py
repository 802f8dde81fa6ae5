"""What people typed stays text in every list we print or export, and a stray control character spoils no list."""

from __future__ import annotations

import io
from datetime import date

import pytest
from openpyxl import Workbook, load_workbook

from library.foundation.spreadsheets import csv_text, fit_to_paper, put, text_cell, workbook_bytes

NASTY = ["=1+1", "+84 901", "-5", "@SUM(A1)", "Dế Mèn\x1e phiêu lưu", "=HYPERLINK(\"http://x\")\x00"]


@pytest.mark.parametrize("text", NASTY)
def test_text_is_never_a_formula_on_a_printed_sheet_nor_in_a_long_list(text: str) -> None:
    printed, long = Workbook(), Workbook(write_only=True)
    put(printed.worksheets[0], 1, 1, text, boxed=True)
    sheet = long.create_sheet("Sách")
    sheet.append([text_cell(sheet, text)])
    for book in (printed, long):
        cell = load_workbook(io.BytesIO(workbook_bytes(book))).worksheets[0]["A1"]
        assert cell.data_type == "s"
        assert cell.value == text.replace("\x1e", "").replace("\x00", "")


def test_numbers_and_days_are_read_as_vietnamese_write_them() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    put(sheet, 1, 1, 25_000)
    put(sheet, 1, 2, date(2026, 12, 6))
    fit_to_paper(sheet)
    read = load_workbook(io.BytesIO(workbook_bytes(book))).worksheets[0]
    assert (read["A1"].value, read["A1"].number_format) == (25_000, "#,##0")
    assert read["B1"].number_format == "dd/mm/yyyy"
    assert (read.page_setup.paperSize, read.page_setup.orientation, read.page_setup.fitToHeight) == (9, "landscape", 0)


@pytest.mark.parametrize(
    ("cell", "written"),
    [("=1+1", "'=1+1"), ("+84", "'+84"), ("\tA", "'\tA"), ("\rA", "'\rA"), ("Tô Hoài", "Tô Hoài"), (-5, -5), (None, None)],
)
def test_csv_text_shows_what_a_program_would_compute(cell: object, written: object) -> None:
    assert csv_text(cell) == written
