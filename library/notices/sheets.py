"""The lists as a workbook: one sheet a class, ready to print on A4. Text stays text, also when it begins with "=".

No database here. Next: pages.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from library.foundation.spreadsheets import fit_to_paper, put, workbook_bytes
from library.notices.letters import sheet_request
from library.notices.model import SHEET_TITLES, ClassNotice

HEADINGS = ("STT", "Họ và tên", "Nhan đề", "Số ĐKCB", "Ngày mượn", "Hạn trả", "Trễ (ngày)", "Đã trả")
WIDTHS = (5, 26, 40, 14, 12, 12, 10, 10)


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
        put(book.create_sheet("Trống"), 1, 1, "Không có cuốn nào.")
    book.properties.creator = school
    return workbook_bytes(book)


def _sheet_name(notice: ClassNotice, used: set[str]) -> str:
    """Excel allows 31 letters and none of []:*?/\\ ; "4/1" becomes "4-1"."""
    name = base = re.sub(r"[\[\]:*?/\\]", "-", notice.name or notice.title)[:28]
    number = 2
    while name.casefold() in used:
        name, number = f"{base} {number}", number + 1
    used.add(name.casefold())
    return name


def _write_class(
    sheet: Worksheet, notice: ClassNotice, of: str, school: str, on: date, summer_day: date | None
) -> None:
    put(sheet, 1, 1, school)
    put(sheet, 2, 1, SHEET_TITLES[of], bold=True, size=14)
    homeroom = f" – GVCN {notice.homeroom}" if notice.homeroom else ""
    put(sheet, 3, 1, f"{notice.title}{homeroom} – tính đến {on:%d/%m/%Y}")
    for column, (heading, width) in enumerate(zip(HEADINGS, WIDTHS, strict=True), start=1):
        put(sheet, 5, column, heading, bold=True, boxed=True)
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
                put(sheet, row, column, value, boxed=True)
            row += 1
    put(sheet, row + 1, 1, sheet_request(of, notice, summer_day), italic=True)
    sheet.freeze_panes = "A6"
    sheet.print_title_rows = "5:5"
    fit_to_paper(sheet)
