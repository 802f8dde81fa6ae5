"""Lists to send on: the shortfall of classes and the stock plan as XLSX. Text never becomes a formula.

The same rows feed the pages (pages/lists.py), so paper, page and file agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from library.foundation.spreadsheets import text_cell, workbook_bytes
from library.textbooks.model import CELL_LABELS, ClassSheet, GradePlan, PupilLine

Item = tuple[str, str, str]
"""(title, accession number, state in words)"""


def list_shortfall(sheet: ClassSheet, kind: str) -> list[tuple[PupilLine, list[Item]]]:
    """Pupils with what they lack: `missing` = never given (L109), `out` = not back, or lost and not made
    good (L110). Pupils who lack nothing are left out."""
    found: list[tuple[PupilLine, list[Item]]] = []
    for pupil in sheet.pupils:
        if kind == "missing":
            items = [(title.title, "", CELL_LABELS["none"]) for title in sheet.missing(pupil)]
        else:
            cells = [pupil.cell(title.record_id) for title in sheet.titles] + list(pupil.others)
            items = [
                (cell.title, cell.accession_number, CELL_LABELS[cell.status])
                for cell in cells
                if cell.status in ("out", "lost")
            ]
        if items:
            found.append((pupil, items))
    return found


def shortfall_workbook(shown: Sequence[ClassSheet], kind: str) -> bytes:
    """One row per missing book: class, pupil, title, number, state."""
    rows = (
        [sheet.class_name, pupil.number or "", pupil.name, title, number, state]
        for sheet in shown
        for pupil, items in list_shortfall(sheet, kind)
        for title, number, state in items
    )
    head = ["Lớp", "STT", "Họ tên", "Sách", "Số ĐKCB", "Tình trạng"]
    return _workbook("Chưa nhận" if kind == "missing" else "Chưa trả", head, (8, 6, 28, 40, 16, 16), rows)


def plan_workbook(plans: Sequence[GradePlan]) -> bytes:
    """One row per grade and title."""
    rows = (
        [
            plan.grade, line.title.title, line.title.book_set, line.needed, line.usable, line.out, line.unusable,
            line.shortfall, line.title.price, line.cost or None,
        ]
        for plan in plans
        for line in plan.lines
    )  # fmt: skip
    head = ["Khối", "Sách", "Bộ sách", "Cần", "Dùng được", "Đang mượn", "Hỏng, mất", "Thiếu", "Giá bìa", "Thành tiền"]
    return _workbook("Dự trù SGK", head, (6, 40, 22, 8, 10, 14, 10, 8, 10, 12), rows)


def _workbook(name: str, head: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[Any]]) -> bytes:
    book = Workbook(write_only=True)
    page = book.create_sheet(name)
    page.freeze_panes = "A2"
    for place, width in enumerate(widths):
        page.column_dimensions[chr(ord("A") + place)].width = width
    cells = []
    for title in head:
        cell = WriteOnlyCell(page, value=title)
        cell.font = Font(bold=True)
        cells.append(cell)
    page.append(cells)
    for row in rows:
        page.append([text_cell(page, value) if isinstance(value, str) else value for value in row])
    return workbook_bytes(book)
