"""The school year as the calendar page shows it: months of days, each open or closed and why. Reads only.

The use cases are corrections.close_library, open_library and library/foundation/calendar.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from library.foundation.calendar import as_year, load_calendar
from library.foundation.schoolyear import Calendar, Year
from library.foundation.tables import ClosedPeriod, SchoolYear

PERIOD_KINDS: dict[str, str] = {"holiday": "Ngày lễ", "break": "Trường nghỉ", "other": "Thư viện đóng cửa"}
SHORT_KINDS: dict[str, str] = {"holiday": "lễ", "break": "nghỉ", "other": "đóng"}
MOST_MONTHS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A closed period as kept. `computed`: a public holiday that the program worked out."""

    id: int
    starts_on: date
    ends_on: date
    name: str
    kind: str
    computed: bool

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """`word`: why it is closed, short (lễ, nghỉ, đóng); empty for open days and the weekly closing day.
    `outside`: not in this school year."""

    on: date
    is_open: bool
    word: str
    name: str
    outside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """`weeks` begin on Monday; None stands for days of other months. `notes`: (first day, last day, words)."""

    first: date
    weeks: tuple[tuple[Day | None, ...], ...]
    notes: tuple[tuple[date, date, str], ...]
    open_days: int


def list_years() -> list[Year]:
    """Kept school years, the newest first."""
    return [as_year(row) for row in SchoolYear.select().order_by(SchoolYear.starts_on.desc())]


def list_periods(since: date, until: date) -> list[Period]:
    """Closed periods that touch these days, by day."""
    query = (
        ClosedPeriod.select()
        .where(ClosedPeriod.starts_on <= until, ClosedPeriod.ends_on >= since)
        .order_by(ClosedPeriod.starts_on, ClosedPeriod.id)
    )
    return [
        Period(
            id=row.id, starts_on=row.starts_on, ends_on=row.ends_on, name=row.name, kind=row.kind,
            computed=row.source == "computed",
        )
        for row in query
    ]  # fmt: skip


def list_months(year: Year) -> list[Month]:
    """The months of a school year, first to last."""
    calendar = load_calendar()
    periods = list_periods(year.starts_on.replace(day=1), year.ends_on + timedelta(days=31))
    months: list[Month] = []
    first = year.starts_on.replace(day=1)
    while first <= year.ends_on and len(months) < MOST_MONTHS:
        months.append(_month(first, year, calendar, periods))
        first = (first + timedelta(days=31)).replace(day=1)
    return months


def _month(first: date, year: Year, calendar: Calendar, periods: list[Period]) -> Month:
    after = (first + timedelta(days=31)).replace(day=1)
    cells: list[Day | None] = [None] * first.weekday()
    day = first
    while day < after:
        cells.append(_day(day, year, calendar, periods))
        day += timedelta(days=1)
    cells += [None] * (-len(cells) % 7)
    last = after - timedelta(days=1)
    notes = [
        (max(period.starts_on, first), min(period.ends_on, last), period.name)
        for period in periods
        if period.starts_on <= last and period.ends_on >= first
    ]
    marks = ((year.starts_on, "Bắt đầu năm học"), (year.term2_starts_on, "Bắt đầu học kỳ II"),
             (year.ends_on, "Hết năm học"))  # fmt: skip
    notes += [(on, on, words) for on, words in marks if first <= on <= last]
    return Month(
        first=first,
        weeks=tuple(tuple(cells[start : start + 7]) for start in range(0, len(cells), 7)),
        notes=tuple(sorted(notes)),
        open_days=sum(cell is not None and cell.is_open and not cell.outside for cell in cells),
    )


def _day(day: date, year: Year, calendar: Calendar, periods: list[Period]) -> Day:
    period = next((item for item in periods if item.starts_on <= day <= item.ends_on), None)
    return Day(
        on=day,
        is_open=calendar.is_open(day),
        word=SHORT_KINDS.get(period.kind, "nghỉ") if period else "",
        name=period.name if period else "",
        outside=not year.holds(day),
    )
