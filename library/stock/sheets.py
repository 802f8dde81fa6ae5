"""The minutes of a stock-take as a workbook: figures by kind of document, and the list of what is missing.

Columns as in the customary form (domain: bien_ban_kiem_ke). Text never becomes a formula.
"""

from __future__ import annotations

from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from library.cataloguing.model import MATERIAL_LABELS
from library.foundation.spreadsheets import fit_to_paper, put, workbook_bytes
from library.stock.model import Minutes, MinutesLine, StocktakeLine

HEADINGS = (
    "STT", "Loại sách", "Theo sổ (bản)", "Theo sổ (đồng)", "Thực tế (bản)", "Thực tế (đồng)", "Đang cho mượn",
    "Thiếu", "Hư hỏng",
)  # fmt: skip
WIDTHS = (6, 24, 12, 16, 12, 16, 14, 10, 10)
MISSING_HEADINGS = ("STT", "Số ĐKCB", "Nhan đề", "Kho", "Ở kệ", "Giá (đồng)", "Ghi chú")
MISSING_WIDTHS = (6, 14, 48, 22, 22, 12, 20)
SIGNED_BY = ("Hiệu trưởng", "Kế toán", "Tổ trưởng", "Cán bộ thư viện")


def material_name(line: MinutesLine) -> str:
    """The kind of document in words."""
    return {str(code): words for code, words in MATERIAL_LABELS.items()}.get(line.material, line.material)


def figures_of(line: MinutesLine) -> tuple[int, ...]:
    """The numbers of a line, for the headings after the kind."""
    return (line.on_books, line.on_books_sum, line.here, line.here_sum, line.lent, line.short, line.damaged)


def minutes_workbook(line: StocktakeLine, minutes: Minutes, school: str) -> bytes:
    """Two sheets: "Biên bản" and "Chưa thấy"."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Biên bản"
    put(sheet, 1, 1, school)
    put(sheet, 2, 1, "BIÊN BẢN KIỂM KÊ", bold=True, size=14)
    put(sheet, 3, 1, f"{line.name} – {line.range_name} – số liệu đến ngày {minutes.on:%d/%m/%Y}")
    row = _table(
        sheet, 5, HEADINGS, WIDTHS,
        [(number, material_name(one), *figures_of(one)) for number, one in enumerate(minutes.lines, start=1)],
    )  # fmt: skip
    for column, value in enumerate(("", "Tổng cộng", *figures_of(minutes.total)), start=1):
        put(sheet, row, column, value, bold=True, boxed=True)
    put(sheet, row + 2, 1, f"Thừa (không có trong sổ của phạm vi kiểm kê): {minutes.extra} cuốn.")
    for place, signer in enumerate(SIGNED_BY):
        put(sheet, row + 4, 2 + place * 2, signer, bold=True)
    rest = book.create_sheet("Chưa thấy")
    _table(
        rest, 1, MISSING_HEADINGS, MISSING_WIDTHS,
        [(number, one.accession_number, one.title, one.collection, one.place, one.price, "")
         for number, one in enumerate(minutes.missing, start=1)],
    )  # fmt: skip
    for page in (sheet, rest):
        fit_to_paper(page)
    return workbook_bytes(book)


def _table(
    sheet: Worksheet, row: int, head: tuple[str, ...], widths: tuple[int, ...], rows: list[tuple[Any, ...]]
) -> int:
    """Head and rows; returns the row below."""
    for column, (words, width) in enumerate(zip(head, widths, strict=True), start=1):
        put(sheet, row, column, words, bold=True, boxed=True)
        sheet.column_dimensions[get_column_letter(column)].width = width
    for cells in rows:
        row += 1
        for column, value in enumerate(cells, start=1):
            put(sheet, row, column, value, boxed=True)
    return row + 1
