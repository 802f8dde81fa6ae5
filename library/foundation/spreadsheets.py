"""Workbooks and CSV as people print and open them: the look of a printed list; text never becomes a formula."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.worksheet.worksheet import Worksheet

PAPER_FONT = "Times New Roman"
_LINE = Side(style="thin", color="000000")
BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_WRAPPED = Alignment(vertical="top", wrap_text=True)
_A4 = 9
_LONGEST = 32_767
"""Letters a cell can hold."""


def csv_text(cell: Any) -> Any:
    """For CSV: text that a spreadsheet program would take for a formula gets an apostrophe; the rest stays."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def clean_text(text: str) -> str:
    """What a cell can hold: no control characters, not too long."""
    return ILLEGAL_CHARACTERS_RE.sub("", text)[:_LONGEST]


def text_cell(sheet: Any, text: str) -> Any:
    """For a write-only sheet: text stays text, also when it begins with "="."""
    clean = clean_text(text)
    if not clean.startswith("="):
        return clean
    cell = WriteOnlyCell(sheet, value=clean)
    cell.data_type = "s"
    return cell


def put(
    sheet: Worksheet, row: int, column: int, value: Any, *, bold: bool = False, italic: bool = False,
    boxed: bool = False, size: int = 11, align: Alignment | None = None,
) -> None:  # fmt: skip
    """A value on a printed sheet: text is never a formula, dates and numbers as Vietnamese read them.
    `boxed`: with the lines of a table; `align`: else from the top and wrapped there, as it comes elsewhere."""
    cell = sheet.cell(row=row, column=column)
    if isinstance(value, str):
        cell.value = clean_text(value)
        cell.data_type = "s"
    else:
        cell.value = value
        if isinstance(value, date):
            cell.number_format = "dd/mm/yyyy"
        elif isinstance(value, int):
            cell.number_format = "#,##0"
    cell.font = Font(name=PAPER_FONT, bold=bold, italic=italic, size=size)
    if boxed:
        cell.border = BOX
    if boxed or align is not None:
        cell.alignment = align or _WRAPPED


def fit_to_paper(sheet: Worksheet, orientation: str = "landscape") -> None:
    """A4, as wide as the page, as many pages long as it needs."""
    sheet.page_setup.paperSize, sheet.page_setup.orientation = _A4, orientation
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def workbook_bytes(book: Workbook) -> bytes:
    """Bytes of the .xlsx file."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
