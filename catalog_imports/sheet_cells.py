"""One cell of a school's table as a value: text, code, date or whole number, however a program has kept it.

A cell that cannot be read raises ValueError for the caller to turn into a problem. Next: sheets.py.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from library.foundation.vietnamese import nfc

CellValue = str | int | float | bool | datetime | date | time | None

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
