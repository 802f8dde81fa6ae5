"""Spreadsheets as rows of plain cells: .xlsx and .csv, told apart by content, header row found by names.

Everything that turns a school's table into values lives here, for book lists and class lists alike:
encodings, separators, merged cells, formulas, dates, numbers that Excel made of codes. What a column
means does not: the sources pass their alias tables. A file that cannot be used at all raises
`SheetError`; a cell that cannot be read raises ValueError for the caller to turn into a problem.
Next: readers_source.py, books_source.py.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
from defusedxml.ElementTree import ParseError, iterparse
from openpyxl.utils.cell import range_boundaries

from library.contract.codes import register_errors
from library.foundation.errors import InvalidInput
from library.foundation.vietnamese import fold, nfc

HEADER_SEARCH_ROWS = 40
MAX_COLUMNS = 200
MAX_ROWS = 1_048_576
"""As many as Excel has."""
MAX_UNPACKED_BYTES = 600 * 1024 * 1024
"""An .xlsx that unpacks to more than this is refused before it is opened (zip bombs)."""

CellValue = str | int | float | bool | datetime | date | time | None

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


@dataclass(frozen=True, slots=True)
class Header:
    """Where the columns are. `columns`: field -> index from 0; `unknown`: headings nobody asked for."""

    first_row: int
    last_row: int
    columns: Mapping[str, int]
    unknown: Mapping[int, str] = field(default_factory=dict)
    titles: tuple[str, ...] = ()
    """Texts above the header (school name, "DANH SÁCH HỌC SINH LỚP 12.6")."""

    def is_repeated_in(self, row: SheetRow, aliases: Mapping[str, Sequence[str]]) -> bool:
        """True for a header row printed again further down."""
        known = {name: {heading_key(alias) for alias in aliases[name]} for name in self.columns}
        hits = sum(1 for name, column in self.columns.items() if heading_key(row.text(column)) in known[name])
        return hits >= 2 and hits * 2 >= len(self.columns)


# ---------------------------------------------------------------- reading files


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


# ---------------------------------------------------------------- finding the header


def heading_key(text: str) -> str:
    """How headings are compared: no accents, case, punctuation. "Họ và tên (*)" -> "ho va ten"."""
    return " ".join(re.findall(r"[a-z0-9]+", fold(text)))


def find_header(
    rows: Sequence[SheetRow], aliases: Mapping[str, Sequence[str]], required: Iterable[Sequence[str]] = ()
) -> Header | None:
    """The row among the first ones that names the most fields of `aliases`; None when none will do.

    `required`: each a choice of fields of which at least one must be there. A header of two rows
    (headings merged over sub-headings) is recognised. At least two fields must be named, or the only one
    there is.
    """
    known: dict[str, str] = {}
    for name, words in aliases.items():
        for word in words:
            known.setdefault(heading_key(word), name)
    needed = [tuple(choice) for choice in required]
    least = min(2, len(aliases))
    best: Header | None = None
    for position, row in enumerate(rows[:HEADER_SEARCH_ROWS]):
        columns, unknown = _match_headings(row, known)
        last_row = row.number
        if len(columns) >= 1 and position + 1 < len(rows) and rows[position + 1].number == row.number + 1:
            below, below_unknown = _match_headings(rows[position + 1], known)
            added = {name: column for name, column in below.items() if name not in columns}
            # Sub-headings stand under empty or unknown headings, never under a field already found.
            under_found = any(
                rows[position + 1].text(column) not in ("", row.text(column)) for column in columns.values()
            )
            if added and not under_found:
                columns = {**columns, **added}
                unknown = {**unknown, **below_unknown}
                last_row = rows[position + 1].number
        if len(columns) < least or not all(any(name in columns for name in choice) for choice in needed):
            continue
        if best is None or len(columns) > len(best.columns):
            above = [value for title in rows[:position] for value in title.values if value is not None]
            titles = tuple(cell_text(value) for value in above)
            unknown = {column: text for column, text in unknown.items() if column not in columns.values()}
            best = Header(row.number, last_row, columns, unknown, titles)
    return best


def _match_headings(row: SheetRow, known: Mapping[str, str]) -> tuple[dict[str, int], dict[int, str]]:
    columns: dict[str, int] = {}
    unknown: dict[int, str] = {}
    for column, value in enumerate(row.values):
        if not isinstance(value, str):
            continue
        name = known.get(heading_key(value)) or known.get(heading_key(re.sub(r"\([^)]*\)", " ", value)))
        if name is None:
            unknown[column] = nfc(value)
        elif name not in columns:  # the first of two equal headings counts
            columns[name] = column
    return columns, unknown


def data_rows(sheet: Sheet, header: Header, aliases: Mapping[str, Sequence[str]]) -> Iterable[SheetRow]:
    """Rows below the header, without headers printed again."""
    for row in sheet.rows:
        if row.number > header.last_row and not header.is_repeated_in(row, aliases):
            yield row


# ---------------------------------------------------------------- reading cells

_DAY_FIRST = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4}|\d{2})(?:[ T].*)?")
_YEAR_FIRST = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?:[ T].*)?")
_EXCEL_EPOCH = date(1899, 12, 30)
_ERROR_VALUES = frozenset({"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})


def is_error_value(value: CellValue) -> bool:
    """True for what a spreadsheet shows when a formula failed."""
    return isinstance(value, str) and value.strip() in _ERROR_VALUES


def cell_text(value: CellValue) -> str:
    """A cell as clean text (NFC, single spaces): 12.0 -> "12", dates as dd/mm/yyyy, None -> ""."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, (datetime, date)):
        return f"{value:%d/%m/%Y}"
    return nfc(str(value))


def cell_code(value: CellValue) -> str:
    """A code kept as text (pupil id, accession number), also where a program made a number of it.

    ValueError when digits were lost: "1,23457E+09", or a number too long for a spreadsheet to hold.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) >= 10**15:
        raise ValueError("rounded")
    text = cell_text(value).lstrip("'")
    if re.fullmatch(r"\d+[.,]\d+E\+?\d+", text, re.IGNORECASE):
        raise ValueError("rounded")
    return text


def cell_date(value: CellValue) -> date | None:
    """A cell as a date: real dates, Excel day numbers, dd/mm/yyyy, yyyy-mm-dd. None when empty.

    ValueError when it is none. A two-digit year up to 30 is 20xx. Day comes first, as Vietnam writes it.
    """
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _from_day_number(float(value))
    text = cell_text(value)
    if not text:
        return None
    match = _YEAR_FIRST.fullmatch(text)
    if match:
        return date(int(match[1]), int(match[2]), int(match[3]))
    match = _DAY_FIRST.fullmatch(text)
    if match:
        year = int(match[3])
        if year < 100:
            year += 2000 if year <= 30 else 1900
        return date(year, int(match[2]), int(match[1]))
    if re.fullmatch(r"\d{5}(\.0+)?", text):
        return _from_day_number(float(text))
    raise ValueError(f"not a date: {text!r}")


def _from_day_number(days: float) -> date:
    if not 10_000 <= days < 80_000:  # 1927 … 2119: anything else is a year or a slip
        raise ValueError(f"not a date: {days!r}")
    return _EXCEL_EPOCH + timedelta(days=int(days))


def cell_number(value: CellValue) -> int | None:
    """A cell as a whole number: "25.000 đ", "25,000", 25000.0 -> 25000. None when empty, else ValueError."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        if value != value or abs(value) > 10**15 or abs(value - round(value)) > 1e-6:
            raise ValueError(f"not a whole number: {value!r}")
        return round(value)
    text = re.sub(r"(đồng|vnđ|vnd|đ|₫)\.?$", "", cell_text(value).lower()).replace(" ", "")
    if not text:
        return None
    if re.fullmatch(r"-?\d+([.,]0{1,2})?", text):
        return int(re.split(r"[.,]", text)[0])
    if re.fullmatch(r"-?\d{1,3}([.,]\d{3})+([.,]0{1,2})?", text):
        return int(re.sub(r"[.,]", "", re.sub(r"[.,]0{1,2}$", "", text)))
    raise ValueError(f"not a whole number: {text!r}")
