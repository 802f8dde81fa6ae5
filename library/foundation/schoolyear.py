"""School years, terms and closed days, pure (stdlib only; the kiosk imports this).

Sources: domain.md §F1–F3, §H4; design.md. Holidays are computed elsewhere
(library/foundation/calendar.py) and arrive here as plain dates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

_LABEL = re.compile(r"^\s*(\d{4})\s*[-–—/]\s*(\d{4})\s*$")
_GRADE = re.compile(r"^\s*(?:lớp\s*)?(\d{1,2})", re.IGNORECASE)
# An open day is looked for this far and no further: a calendar closed all year must not hang us.
SEARCH_DAYS = 400


@dataclass(frozen=True, slots=True)
class Year:
    """One school year, dates inclusive; label "2026-2027"."""

    label: str
    starts_on: date
    term2_starts_on: date
    ends_on: date

    def holds(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on

    def term_end(self, day: date) -> date:
        """Last day of the term that `day` lies in."""
        if day < self.term2_starts_on:
            return self.term2_starts_on - timedelta(days=1)
        return self.ends_on


def parse_label(text: str) -> str:
    """ "2026 – 2027" -> "2026-2027"; ValueError unless the second year follows the first."""
    match = _LABEL.match(text)
    if match is None or int(match[2]) != int(match[1]) + 1:
        raise ValueError(f"not a school year: {text!r}")
    return f"{match[1]}-{match[2]}"


def label_for(day: date) -> str:
    """The school year a day belongs to; it turns on 1 August (new pupils are enrolled in August)."""
    first = day.year if day.month >= 8 else day.year - 1
    return f"{first}-{first + 1}"


def year_after(label: str) -> str:
    """ "2026-2027" -> "2027-2028"."""
    first = int(parse_label(label)[:4]) + 1
    return f"{first}-{first + 1}"


def year_before(label: str) -> str:
    """ "2026-2027" -> "2025-2026"."""
    first = int(parse_label(label)[:4]) - 1
    return f"{first}-{first + 1}"


def default_year(label: str) -> Year:
    """Usual dates of a school year (khai giảng 5/9, HKII from mid-January, summer to 31/7); editable."""
    first = int(parse_label(label)[:4])
    return Year(label, date(first, 8, 1), date(first + 1, 1, 18), date(first + 1, 7, 31))


def grade_of(class_name: str) -> int | None:
    """Khối = leading digits: 6A1 -> 6, 10 Toán -> 10, 12.6 -> 12; None when there are none or not 1–12."""
    match = _GRADE.match(class_name)
    if match is None or not 1 <= int(match[1]) <= 12:
        return None
    return int(match[1])


def class_sort_key(class_name: str) -> str:
    """Natural order: 6A2 before 6A10 before 10A1; digits are padded, letters as they are, lower-case."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(4), class_name.strip().lower())


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days the library is open. `weekly_closed`: ISO weekdays (7 = Sunday)."""

    weekly_closed: frozenset[int] = frozenset({7})
    closed: frozenset[date] = field(default_factory=frozenset)

    def is_open(self, day: date) -> bool:
        return day.isoweekday() not in self.weekly_closed and day not in self.closed

    def next_open(self, day: date) -> date | None:
        """`day` itself or the first open day after it; None when there is none in SEARCH_DAYS."""
        for offset in range(SEARCH_DAYS):
            candidate = day + timedelta(days=offset)
            if self.is_open(candidate):
                return candidate
        return None

    def last_open(self, day: date, not_before: date) -> date | None:
        """`day` itself or the last open day before it, not earlier than `not_before`."""
        candidate = day
        while candidate >= not_before:
            if self.is_open(candidate):
                return candidate
            candidate -= timedelta(days=1)
        return None


def expand_periods(periods: Iterable[tuple[date, date]]) -> frozenset[date]:
    """Inclusive periods -> the set of their days. A period that ends before it starts is empty."""
    days: set[date] = set()
    for starts_on, ends_on in periods:
        length = min((ends_on - starts_on).days, 4 * 366)
        days.update(starts_on + timedelta(days=offset) for offset in range(length + 1))
    return frozenset(days)
