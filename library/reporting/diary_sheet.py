"""Nhật ký bạn đọc of a month as a workbook, column for column as the printed page. Text never becomes a formula.

Figures come from diary.py; the page is library/lending/pages/visits.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from library.foundation.spreadsheets import fit_to_paper, put, workbook_bytes
from library.reporting.counting import GROUP_LABELS
from library.reporting.diary import Diary, DiaryLine

_HEAD_ROW = 5
_LEFT = Alignment(vertical="center", horizontal="left", wrap_text=True)
_CENTRED = Alignment(vertical="center", horizontal="center", wrap_text=True)


def diary_workbook(diary: Diary, kinds: Sequence[str], school: str) -> bytes:
    """One sheet, landscape A4: a row a day, "Cộng tháng" and "Luỹ kế năm học" below."""
    book = Workbook()
    sheet: Worksheet = book.active
    sheet.title = f"Tháng {diary.first.month}-{diary.first.year}"
    head = list_headings(diary, kinds)
    put(sheet, 1, 1, school)
    put(sheet, 2, 1, "THƯ VIỆN", bold=True)
    put(sheet, 3, 1, f"NHẬT KÝ BẠN ĐỌC – THÁNG {diary.first.month}/{diary.first.year}", bold=True, size=14)
    for column, words in enumerate(head, start=1):
        put(sheet, _HEAD_ROW, column, words, bold=True, boxed=True, align=_LEFT if column == 1 else _CENTRED)
    row = _HEAD_ROW + 1
    for line in diary.days:
        _write_line(sheet, row, line, diary, kinds)
        row += 1
    for words, line in (("Cộng tháng", diary.month), ("Luỹ kế năm học", diary.since_start)):
        _write_line(sheet, row, line, diary, kinds, words)
        row += 1
    put(sheet, row + 1, len(head) - 2, "Cán bộ thư viện", bold=True)
    for column in range(1, len(head) + 1):
        sheet.column_dimensions[get_column_letter(column)].width = 16 if column == 1 else 9
    sheet.freeze_panes = sheet.cell(row=_HEAD_ROW + 1, column=2)
    sheet.print_title_rows = f"{_HEAD_ROW}:{_HEAD_ROW}"
    fit_to_paper(sheet)
    return workbook_bytes(book)


def list_headings(diary: Diary, kinds: Sequence[str]) -> list[str]:
    """Column headings in the order of the printed page (domain: nhat_ky_ban_doc)."""
    return [
        "Ngày", "Lượt đến", "GV, NV", *[f"Khối {grade}" for grade in diary.grades], "Khác", "Lượt sách",
        *[GROUP_LABELS[kind] for kind in kinds], "Đọc tại chỗ", "Mượn về",
    ]  # fmt: skip


def list_counts(line: DiaryLine, diary: Diary, kinds: Sequence[str]) -> list[int]:
    """The numbers of a day or a sum, for the headings after "Ngày"."""
    return [
        line.people, line.visits.get("teacher", 0), *[line.visits.get(f"pupil_{grade}", 0) for grade in diary.grades],
        line.visits.get("other", 0) + line.pupils_without_grade, line.loans,
        *[line.books.get(kind, 0) for kind in kinds], line.in_library, line.home,
    ]  # fmt: skip


def _write_line(
    sheet: Worksheet, row: int, line: DiaryLine, diary: Diary, kinds: Sequence[str], words: str = ""
) -> None:
    put(sheet, row, 1, words or line.day, bold=bool(words), boxed=True, align=_LEFT)
    for column, count in enumerate(list_counts(line, diary, kinds), start=2):
        put(sheet, row, column, count, bold=bool(words), boxed=True, align=_CENTRED)
