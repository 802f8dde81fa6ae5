"""The lists as a workbook: one sheet a class, ready to print on A4. Text stays text, also when it begins with "=".

No database here. Next: pages.py.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.worksheet.worksheet import Worksheet

from library.notices.letters import sheet_request
from library.notices.model import SHEET_TITLES, ClassNotice

_LINE = Side(style="thin", color="000000")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
HEADINGS = ("STT", "Họ và tên", "Nhan đề", "Số ĐKCB", "Ngày mượn", "Hạn trả", "Trễ (ngày)", "Đã trả")
WIDTHS = (5, 26, 40, 14, 12, 12, 10, 10)
A4 = 9


def render_notices(
    notices: Sequence[ClassNotice], of: str, *, school: str, on: date, summer_day: date | None = None
) -> bytes:
    """Bytes of the .xlsx file; a single sheet that says so when nobody has anything."""
    book = Workbook()
    book.remove(book.worksheets[0])
    used: set[str] = set()
    for notice in notices:
        _write_class(book.create_sheet(_sheet_name(notice, used)), notice, of, school, on, summer_day)
    if not notices:
        _put(book.create_sheet("Trống"), 1, 1, "Không có cuốn nào.")
    book.properties.creator = school
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheet_name(notice: ClassNotice, used: set[str]) -> str:
    """Excel allows 31 letters and none of []:*?/\\ ; "4/1" becomes "4-1"."""
    name = base = re.sub(r"[\[\]:*?/\\]", "-", notice.name or "Giáo viên, khác")[:28]
    number = 2
    while name.casefold() in used:
        name, number = f"{base} {number}", number + 1
    used.add(name.casefold())
    return name


def _write_class(
    sheet: Worksheet, notice: ClassNotice, of: str, school: str, on: date, summer_day: date | None
) -> None:
    _put(sheet, 1, 1, school)
    _put(sheet, 2, 1, SHEET_TITLES[of], bold=True, size=14)
    homeroom = f" – GVCN {notice.homeroom}" if notice.homeroom else ""
    _put(sheet, 3, 1, f"{notice.title}{homeroom} – tính đến {on:%d/%m/%Y}")
    for column, (heading, width) in enumerate(zip(HEADINGS, WIDTHS, strict=True), start=1):
        _put(sheet, 5, column, heading, bold=True, boxed=True)
        sheet.column_dimensions[chr(64 + column)].width = width
    row = 6
    for number, person in enumerate(notice.people, start=1):
        name = f"{person.name} ({person.apart})" if person.apart else person.name
        for place, line in enumerate(person.lines):
            values: tuple[Any, ...] = (
                number if place == 0 else None, name if place == 0 else None, line.title, line.accession_number,
                line.loaned_on, line.due_on, line.days_late or None, None,
            )  # fmt: skip
            for column, value in enumerate(values, start=1):
                _put(sheet, row, column, value, boxed=True)
            row += 1
    _put(sheet, row + 1, 1, sheet_request(of, summer_day), italic=True)
    sheet.freeze_panes = "A6"
    sheet.print_title_rows = "5:5"
    sheet.page_setup.paperSize = A4
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _put(
    sheet: Worksheet, row: int, column: int, value: Any, *, bold: bool = False, italic: bool = False,
    boxed: bool = False, size: int = 11,
) -> None:  # fmt: skip
    cell = sheet.cell(row=row, column=column, value=value)
    cell.font = Font(name="Times New Roman", bold=bold, italic=italic, size=size)
    if isinstance(value, str):
        cell.data_type = "s"  # a title is never a formula
    elif isinstance(value, date):
        cell.number_format = "dd/mm/yyyy"
    if boxed:
        cell.border = _BOX
        cell.alignment = Alignment(vertical="top", wrap_text=True)
