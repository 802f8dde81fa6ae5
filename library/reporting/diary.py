"""Nhật ký bạn đọc: a month day by day, visits by grade and books by kind, with the sum and the sum since September.

Counted as the monthly report counts (C3, C5–C7): the same rows, by day. Never commits. Next: counting.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

import peewee as pw

from library.foundation.schoolyear import label_for
from library.lending.tables import Loan, Visit
from library.reporting.counting import HOME, IN_LIBRARY, Window, group_of, loan_column, reader_row_of
from library.reporting.queries import counted_loans, counted_visits, in_unit

KINDS = ("textbook", "teacher", "reference", "children", "periodical", "other")


@dataclass(slots=True)
class DiaryLine:
    """One day, or a sum of days. `visits`: row key (teacher, pupil_6, other…) -> people."""

    day: date | None
    visits: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    books: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    home: int = 0
    in_library: int = 0

    @property
    def people(self) -> int:
        return sum(self.visits.values())

    @property
    def loans(self) -> int:
        return self.home + self.in_library

    @property
    def pupils_without_grade(self) -> int:
        return self.visits.get("pupil_unknown", 0)


@dataclass(frozen=True, slots=True)
class Diary:
    """A month of the diary; `since_start`: from the first day of the school year to the last of the month."""

    first: date
    days: tuple[DiaryLine, ...]
    grades: tuple[int, ...]
    month: DiaryLine
    since_start: DiaryLine


def make_diary(year: int, month: int) -> Diary:
    """The days of a month on which somebody came or borrowed."""
    first = date(year, month, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    start = date(int(label_for(first)[:4]), 8, 1)
    lines = _count(Window(year, month, "calendar", start, last))
    days = tuple(lines[day] for day in sorted(lines) if day >= first)
    total = _sum(lines.values())
    grades = sorted({int(key[6:]) for key in total.visits if key[:6] == "pupil_" and key[6:].isdecimal()})
    return Diary(first, days, tuple(grades), _sum(days), total)


def _count(window: Window) -> dict[date, DiaryLine]:
    lines: dict[date, DiaryLine] = {}

    def line(day: date) -> DiaryLine:
        return lines.setdefault(day, DiaryLine(day))

    visits = (
        Visit.select(Visit.visited_on, Visit.reader_kind, Visit.grade, pw.fn.SUM(Visit.people))
        .where(counted_visits(window))
        .group_by(Visit.visited_on, Visit.reader_kind, Visit.grade)
    )
    for day, kind, grade, people in visits.tuples():
        line(day).visits[reader_row_of(kind, grade)] += int(people)
    loans = (
        Loan.select(Loan.loaned_on, Loan.material, Loan.purpose, pw.fn.COUNT(Loan.id))
        .where(counted_loans(window), ~in_unit())
        .group_by(Loan.loaned_on, Loan.material, Loan.purpose)
    )
    for day, material, purpose, count in loans.tuples():
        one = line(day)
        one.books[group_of(material)] += count
        column = loan_column(purpose, False)
        one.home += count if column == HOME else 0
        one.in_library += count if column == IN_LIBRARY else 0
    return lines


def _sum(lines: Iterable[DiaryLine]) -> DiaryLine:
    total = DiaryLine(None)
    for one in lines:
        for key, count in one.visits.items():
            total.visits[key] += count
        for key, count in one.books.items():
            total.books[key] += count
        total.home += one.home
        total.in_library += one.in_library
    return total
