"""A paper as a workbook: a cover sheet with the words, and one sheet for each table, ready to print.

Numbers stay numbers (formatted the Vietnamese way by the reader's own settings). Next: docx.py.
"""

from __future__ import annotations

from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from library.foundation.spreadsheets import BOX, PAPER_FONT, clean_text, fit_to_paper, put, workbook_bytes
from library.reporting.paper import COUNTRY, MOTTO, Cell, Heading, Paper, Paragraph, Table

_HEAD = PatternFill("solid", fgColor="E7EFEA")
_FORMATS = {"number": "#,##0", "money": "#,##0", "percent": "0.0%", "ratio": "0.00", "date": "dd/mm/yyyy"}
PAGE_WIDTH = 92  # characters of an A4 page between its margins


def render_xlsx(paper: Paper) -> bytes:
    """Bytes of the .xlsx file."""
    workbook = Workbook()
    cover = workbook.active
    assert cover is not None  # a new workbook always has a sheet
    cover.title = "Báo cáo"
    _write_cover(cover, paper)
    for block in paper.blocks:
        if isinstance(block, Table):
            _write_table(workbook.create_sheet(block.key), paper, block)
    workbook.properties.title = f"{paper.kind} {paper.subject[0]}"
    workbook.properties.creator = paper.school
    return workbook_bytes(workbook)


def _write_cover(sheet: Worksheet, paper: Paper) -> None:
    _print_setup(sheet, paper)
    sheet.column_dimensions["A"].width = PAGE_WIDTH / 2
    sheet.column_dimensions["B"].width = PAGE_WIDTH / 2
    head = (
        (paper.superior, COUNTRY, False, True),
        (paper.school, MOTTO, True, True),
        (paper.number_line, paper.place_and_date, False, False),
    )
    for row, (left, right, left_bold, right_bold) in enumerate(head, start=1):
        _put(sheet, row, 1, left, bold=left_bold, align="center")
        _put(sheet, row, 2, right, bold=right_bold, italic=row == 3, align="center")
    row = 5
    for text, size in ((paper.kind, 14), *((line, 13) for line in paper.subject)):
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=2)
        _put(sheet, row, 1, text, bold=True, align="center", size=size)
        row += 1
    row += 1
    for text in (f"Kính gửi: {paper.recipient}", paper.opening):
        _put_wide(sheet, row, text)
        row += 1
    for block in paper.blocks:
        if isinstance(block, Heading):
            _put_wide(sheet, row, block.text, bold=True)
        elif isinstance(block, Paragraph):
            _put_wide(sheet, row, f"- {block.text}" if block.bullet else block.text)
        else:
            _put_wide(sheet, row, f"(Bảng ở trang tính “{block.key}”)", italic=True)
        row += 1
    row += 1
    for column, signature in enumerate(paper.signatures, start=1):
        _put(sheet, row, column, signature.title, bold=True, align="center")
        _put(sheet, row + 5, column, signature.name, bold=True, align="center")


def _put(
    sheet: Worksheet, row: int, column: int, text: str, *, bold: bool = False, italic: bool = False,
    align: str = "left", size: int = 13,
) -> None:  # fmt: skip
    where = Alignment(horizontal=align, vertical="top", wrap_text=True)
    put(sheet, row, column, text, bold=bold, italic=italic, size=size, align=where)


def _put_wide(sheet: Worksheet, row: int, text: str, *, bold: bool = False, italic: bool = False) -> None:
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=2)
    _put(sheet, row, 1, text, bold=bold, italic=italic)
    # A merged cell does not grow by itself.
    sheet.row_dimensions[row].height = 18.0 * max(1, -(-len(text) // 80))


def _write_table(sheet: Worksheet, paper: Paper, table: Table) -> None:
    last_column = len(table.columns)
    _print_setup(sheet, paper)
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=last_column)
    _put(sheet, 1, 1, table.title, bold=True, align="center", size=14)
    sheet.merge_cells(start_row=2, end_row=2, start_column=1, end_column=last_column)
    _put(sheet, 2, 1, f"{paper.school} – {paper.subject[0]}", italic=True, align="center")
    for position, column in enumerate(table.columns, start=1):
        sheet.column_dimensions[get_column_letter(position)].width = max(8.0, PAGE_WIDTH * column.width)
        cell = sheet.cell(row=4, column=position, value=column.title)
        cell.font = Font(name=PAPER_FONT, size=12, bold=True)
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        cell.border = BOX
        cell.fill = _HEAD
    sheet.row_dimensions[4].height = _height([column.title for column in table.columns], table)
    first_total = len(table.rows) - table.total_rows
    for index, cells in enumerate(table.rows):
        sheet.row_dimensions[5 + index].height = _height([cell.text for cell in cells], table)
        for position, (cell, column) in enumerate(zip(cells, table.columns, strict=True), start=1):
            target = sheet.cell(row=5 + index, column=position)
            _write_value(target, cell)
            target.font = Font(name=PAPER_FONT, size=12, bold=index >= first_total and table.total_rows > 0)
            target.alignment = Alignment(horizontal=column.align, vertical="center", wrap_text=True)
            target.border = BOX
    sheet.freeze_panes = "A5"
    sheet.print_title_rows = "4:4"
    sheet.print_area = f"A1:{get_column_letter(last_column)}{4 + len(table.rows)}"


def _height(texts: list[str], table: Table) -> float:
    """Points a row needs for its longest cell: not every program makes wrapped rows tall enough by itself."""
    lines = 1
    for text, column in zip(texts, table.columns, strict=True):
        room = max(6.0, PAGE_WIDTH * column.width - 2)
        lines = max(lines, -(-len(text) * 9 // int(room * 8)))  # letters are a little wider than the digits of a width
    return 5.0 + 16.0 * lines


def _write_value(target: Any, cell: Cell) -> None:
    value = cell.value
    if value is None:
        target.value = "–"
        return
    target.value = clean_text(value) if isinstance(value, str) else value
    if isinstance(value, str):
        target.data_type = "s"  # a book's title is never a formula
    if cell.kind in _FORMATS and not isinstance(value, str):
        target.number_format = _FORMATS[cell.kind]


def _print_setup(sheet: Worksheet, paper: Paper) -> None:
    fit_to_paper(sheet, "portrait")
    sheet.page_margins.left = 1.18  # 30 mm, in inches
    sheet.page_margins.right = 0.59
    sheet.page_margins.top = sheet.page_margins.bottom = 0.79
    sheet.oddFooter.center.text = "Trang &P/&N"
    sheet.oddFooter.left.text = paper.school.replace("&", "&&")
