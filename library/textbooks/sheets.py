"""Lists to send on: the shortfall of classes and the stock plan as XLSX. Text never becomes a formula.

The same rows feed the pages (pages/lists.py), so paper, page and file agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from openpyxl import Workbook

from library.foundation.spreadsheets import fit_to_paper, put, workbook_bytes
from library.textbooks.model import CELL_LABELS, ClassSheet, GradePlan, PupilLine
from library.web.i18n import format_number, format_school_year

SHORTFALL_TITLES = {
    "missing": "DANH SÁCH CHƯA NHẬN ĐỦ SÁCH GIÁO KHOA", "out": "DANH SÁCH CHƯA TRẢ SÁCH GIÁO KHOA",
}  # fmt: skip
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


def split_idle(
    shown: Sequence[ClassSheet], kind: str, class_id: int | None
) -> tuple[list[ClassSheet], list[ClassSheet]]:
    """(classes the list is about, classes nobody has handed books to yet): of the second kind every pupil would lack
    the whole set, so they are named and not listed (L109). The class that is asked for is always listed."""
    if kind != "missing" or class_id is not None:
        return list(shown), []
    idle = [sheet for sheet in shown if sheet.titles and not sheet.begun]
    return [sheet for sheet in shown if sheet not in idle], idle


def shortfall_workbook(
    shown: Sequence[ClassSheet], kind: str, *, school: str, year: str, on: date, idle: Sequence[ClassSheet] = ()
) -> bytes:
    """One row per missing book: class, pupil, title, number, state; `idle`: classes named above the list only."""
    groups = [(sheet, list_shortfall(sheet, kind)) for sheet in shown]
    rows = [
        [sheet.class_name, pupil.number or None, pupil.name, title, number, state]
        for sheet, found in groups
        for pupil, items in found
        for title, number, state in items
    ]
    pupils = sum(len(found) for _, found in groups)
    classes = sum(bool(found) for _, found in groups)
    count = f"{format_number(len(rows))} cuốn của {format_number(pupils)} em, {classes} lớp"
    notes = [f"Năm học {format_school_year(year)}, tính đến {on:%d/%m/%Y}: {count}"]
    if idle:
        notes.append("Chưa cấp, không tính ở đây: " + ", ".join(sheet.class_name for sheet in idle))
    return _workbook(
        "Chưa nhận" if kind == "missing" else "Chưa trả", school, SHORTFALL_TITLES[kind], notes,
        ["Lớp", "STT", "Họ tên", "Sách", "Số ĐKCB", "Tình trạng"], (8, 6, 28, 40, 16, 16), rows,
    )  # fmt: skip


def plan_workbook(plans: Sequence[GradePlan], *, school: str, year: str, on: date) -> bytes:
    """One row per grade and title."""
    rows = [
        [
            plan.grade, line.title.title, line.title.book_set, line.needed, line.usable, line.out, line.unusable,
            line.shortfall, line.title.price, line.cost or None,
        ]
        for plan in plans
        for line in plan.lines
    ]  # fmt: skip
    short, cost = sum(plan.shortfall for plan in plans), sum(plan.cost for plan in plans)
    total = f"thiếu {format_number(short)} cuốn" if short else "kho đủ cho mọi khối đã chọn bộ sách"
    total += f", khoảng {format_number(cost)} đ theo giá bìa" if cost else ""
    head = ["Khối", "Sách", "Bộ sách", "Cần", "Dùng được", "Đang mượn", "Hỏng, mất", "Thiếu", "Giá bìa", "Thành tiền"]
    return _workbook(
        "Dự trù SGK", school, "DỰ TRÙ SÁCH GIÁO KHOA DÙNG CHUNG",
        [f"Năm học {format_school_year(year)}, tính đến {on:%d/%m/%Y}: {total}"], head,
        (6, 40, 22, 8, 10, 14, 10, 8, 10, 12), rows,
    )  # fmt: skip


def _workbook(
    name: str, school: str, title: str, notes: Sequence[str], head: Sequence[str], widths: Sequence[int],
    rows: Sequence[Sequence[Any]],
) -> bytes:  # fmt: skip
    """A printed list: whose it is, what it is, what it counts; its head again on every page."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = name
    put(page, 1, 1, school)
    put(page, 2, 1, title, bold=True, size=14)
    for place, note in enumerate(notes, start=3):
        put(page, place, 1, note)
    first = 4 + len(notes)
    for column, (heading, width) in enumerate(zip(head, widths, strict=True), start=1):
        put(page, first, column, heading, bold=True, boxed=True)
        page.column_dimensions[chr(64 + column)].width = width
    for number, row in enumerate(rows, start=first + 1):
        for column, value in enumerate(row, start=1):
            put(page, number, column, value, boxed=True)
    page.freeze_panes = f"A{first + 1}"
    page.print_title_rows = f"{first}:{first}"
    page.oddFooter.right.text = "Trang &P/&N"
    fit_to_paper(page)
    book.properties.creator = school
    return workbook_bytes(book)
