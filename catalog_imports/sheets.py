"""Spreadsheets as rows of plain cells: .xlsx and .csv, told apart by content.

Everything that turns a school's table into rows lives here, for book lists and class lists alike:
encodings, separators, merged cells, formulas. A file that cannot be used at all raises `SheetError`.
Next: sheet_cells.py (what one cell says), sheet_headers.py (where the columns are).
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
from defusedxml.ElementTree import ParseError, iterparse
from openpyxl.utils.cell import range_boundaries

from catalog_imports.sheet_cells import CellValue, cell_text
from library.contract.codes import register_errors
from library.foundation.errors import InvalidInput

MAX_COLUMNS = 200
MAX_ROWS = 1_048_576
"""As many as Excel has."""
MAX_UNPACKED_BYTES = 600 * 1024 * 1024
"""An .xlsx that unpacks to more than this is refused before it is opened (zip bombs)."""

register_errors(
    {
        "sheet_empty": "Tệp {name} trống. Kiểm tra lại tệp rồi chọn lại.",
        "sheet_too_large": "Tệp {name} lớn hơn {limit_mb} MB. Chia nhỏ tệp rồi nhập từng phần.",
        "sheet_pdf": "Tệp {name} là tệp PDF. Cần tệp Excel (.xlsx) hoặc CSV.",
        "sheet_old_xls": "Tệp {name} là Excel đời cũ (.xls) hoặc có đặt mật khẩu. "
        "Mở bằng Excel, lưu lại dạng .xlsx không mật khẩu rồi nhập lại.",
        "sheet_broken": "Không mở được tệp {name}: tệp hỏng hoặc chưa tải xong. Lấy lại tệp rồi thử lại.",
        "sheet_not_table": "Tệp {name} không phải bảng tính (.xlsx) hay CSV.",
        "sheet_unpacks_too_large": "Tệp {name} giải nén ra quá lớn nên không được mở. "
        "Xoá các dòng, hình ảnh thừa rồi lưu lại.",
    }
)


class SheetError(InvalidInput):
    """The whole file is unusable; nothing was read. The code says why."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """`number` is the row number a spreadsheet program shows (for .csv: the line the row starts on)."""

    number: int
    values: tuple[CellValue, ...]
    formulas: frozenset[int] = frozenset()
    """Columns whose value comes from a formula; the value is what the program last computed, else None."""

    def get(self, column: int | None) -> CellValue:
        """The cell, None when the row is shorter or `column` is None."""
        if column is None or column >= len(self.values):
            return None
        return self.values[column]

    def text(self, column: int | None) -> str:
        return cell_text(self.get(column))


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet; rows without any value are left out."""

    name: str
    rows: list[SheetRow]
    encoding: str = "xlsx"
    separator: str = ""


def read_sheets(
    path: Path,
    *,
    max_bytes: int = 64 * 1024 * 1024,
    decode_legacy: Callable[[bytes], tuple[str, str]] | None = None,
) -> list[Sheet]:
    """All visible sheets of a file. `decode_legacy` reads bytes that are no Unicode: -> (text, encoding)."""
    size = path.stat().st_size
    if size > max_bytes:
        raise SheetError("sheet_too_large", name=path.name, limit_mb=max_bytes // (1024 * 1024))
    return parse_sheets(path.read_bytes(), path.name, decode_legacy=decode_legacy)


def parse_sheets(
    data: bytes, name: str, *, decode_legacy: Callable[[bytes], tuple[str, str]] | None = None
) -> list[Sheet]:
    """As `read_sheets`, from bytes already in memory (an upload). `name` is only for messages."""
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise SheetError("sheet_empty", name=name)
    if data.startswith(b"%PDF"):
        raise SheetError("sheet_pdf", name=name)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise SheetError("sheet_old_xls", name=name)
    if data.startswith(b"PK"):
        sheets = _parse_xlsx(data, name)
    else:
        sheets = [_parse_csv(data, name, decode_legacy or _decode_cp1258)]
    if not any(sheet.rows for sheet in sheets):
        raise SheetError("sheet_empty", name=name)
    return sheets


def _parse_xlsx(data: bytes, name: str) -> list[Sheet]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if "xl/workbook.xml" not in {member.filename for member in members}:
                raise SheetError("sheet_not_table", name=name)
            if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
                raise SheetError("sheet_unpacks_too_large", name=name)
            for member in members:
                if member.filename.endswith(".xml"):
                    with archive.open(member) as stream:
                        if b"<!DOCTYPE" in stream.read(2048):
                            raise SheetError("sheet_broken", name=name)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        try:
            # A file of charts only has no table; hidden sheets are lists behind drop-downs.
            visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                return [Sheet(sheet.title, _xlsx_rows(sheet, archive)) for sheet in visible]
        finally:
            book.close()
    except (
        zipfile.BadZipFile, zipfile.LargeZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError,
        EOFError, OSError, NotImplementedError, RuntimeError, ParseError, SyntaxError,
    ) as error:
        # openpyxl answers damaged files with whatever its parser trips over.
        raise SheetError("sheet_broken", name=name) from error


def _xlsx_rows(sheet: Any, archive: zipfile.ZipFile) -> list[SheetRow]:
    sheet.reset_dimensions()  # the recorded size is often wrong in files written by other programs
    formulas, merged_down = _scan_sheet_xml(archive, sheet._worksheet_path)
    rows: list[SheetRow] = []
    carried: dict[int, tuple[int, CellValue]] = {}  # column -> (last row of the merged cell, its value)
    # A cell far out ("ZZZ1", row 99999999999) makes openpyxl fill up everything before it: both are bounded here.
    for number, cells in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), start=1):
        if number > MAX_ROWS:
            raise ValueError(f"row {number} of a sheet")
        used = 0 if cells.count(None) == len(cells) else len(cells)
        while used and cells[used - 1] is None:
            used -= 1
        values = [_clean_cell(value) for value in cells[:used]]
        for column, until in merged_down.get(number, ()):
            if column < len(values):
                carried[column] = (until, values[column])
        for column, (until, value) in carried.items():
            if number <= until and column < len(values) and values[column] is None:
                values[column] = value
        while values and values[-1] is None:
            values.pop()
        if values:
            rows.append(SheetRow(number, tuple(values), formulas.get(number, frozenset())))
        elif number in formulas:
            rows.append(SheetRow(number, (), formulas[number]))
    return rows


def _scan_sheet_xml(
    archive: zipfile.ZipFile, member: str
) -> tuple[dict[int, frozenset[int]], dict[int, list[tuple[int, int]]]]:
    """Formula cells by row, and cells merged downwards: first row -> [(column, last row)]."""
    formulas: dict[int, set[int]] = {}
    merged_down: dict[int, list[tuple[int, int]]] = {}
    with archive.open(member.lstrip("/")) as stream:
        for _, element in iterparse(stream):
            tag = element.tag.rpartition("}")[2]
            if tag == "c":
                if element.get("r") and any(child.tag.endswith("}f") for child in element):
                    column, row, _, _ = range_boundaries(element.get("r", ""))
                    if column and row:
                        formulas.setdefault(row, set()).add(column - 1)
            elif tag == "row":
                element.clear()
            elif tag == "mergeCell":
                left, top, _, bottom = range_boundaries(element.get("ref", ""))
                if left and top and bottom and bottom > top:
                    merged_down.setdefault(top, []).append((left - 1, bottom))
    return {row: frozenset(columns) for row, columns in formulas.items()}, merged_down


def _clean_cell(value: Any) -> CellValue:
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, timedelta):
        return str(value)
    return value


def _parse_csv(data: bytes, name: str, decode_legacy: Callable[[bytes], tuple[str, str]]) -> Sheet:
    text, encoding = decode_text(data, decode_legacy)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    head = text[:4096]
    odd = sum(1 for char in head if ord(char) < 32 and char not in "\n\t\f\v")
    if odd > max(3, len(head) // 50):
        raise SheetError("sheet_not_table", name=name)
    separator = ""
    skipped = 0
    first_line = head.partition("\n")[0]
    if re.fullmatch(r"sep=.", first_line.strip(), re.IGNORECASE):  # Excel's own note of the separator
        separator = first_line.strip()[4]
        text = text.partition("\n")[2]
        skipped = 1
    separator = separator or _guess_separator(text)
    rows: list[SheetRow] = []
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    starts = 1
    try:
        for fields in reader:
            values = [value if value.strip() else None for value in fields[:MAX_COLUMNS]]
            while values and values[-1] is None:
                values.pop()
            if values:
                rows.append(SheetRow(starts + skipped, tuple(values)))
            starts = reader.line_num + 1
    except csv.Error as error:  # a field of more than 128 KB: an unclosed quote, or not a table
        raise SheetError("sheet_broken", name=name) from error
    return Sheet(Path(name).stem, rows, encoding, separator)


def decode_text(data: bytes, decode_legacy: Callable[[bytes], tuple[str, str]]) -> tuple[str, str]:
    """Bytes -> (text, encoding). Unicode is certain or not taken; the rest is `decode_legacy`'s guess."""
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8", "replace"), "utf-8"
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[2:].decode(encoding, "replace"), "utf-16"
    sample = data[:2000]
    if sample.count(0) > len(sample) // 4:  # UTF-16 without its mark: every other byte of Latin text is NUL
        encoding = "utf-16-le" if sample[1::2].count(0) >= sample[0::2].count(0) else "utf-16-be"
        return data.decode(encoding, "replace"), "utf-16"
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return decode_legacy(data)


def _decode_cp1258(data: bytes) -> tuple[str, str]:
    return data.decode("cp1258", "replace"), "cp1258"


def _guess_separator(text: str) -> str:
    """The separator that splits the most rows into the same number of fields (at least two)."""
    sample = text[:20_000]
    best, best_score = ",", 0
    for candidate in (",", ";", "\t", "|"):
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=candidate) if row]
        except csv.Error:
            continue
        common = max(set(widths), key=lambda width: (widths.count(width) * (width > 1), width), default=1)
        score = widths.count(common) * (common - 1)
        if score > best_score:
            best, best_score = candidate, score
    return best
