"""The lending policy and calendar as the pure rules want them, read from tables and preferences.

Reads only. Next: rules.py (what is decided with them), policies.py (how the librarian edits the table).
"""

from __future__ import annotations

from dataclasses import fields
from datetime import date

from library.foundation.calendar import as_year
from library.foundation.preferences import get_preference
from library.foundation.schoolyear import Calendar, expand_periods
from library.foundation.tables import ClosedPeriod, SchoolYear
from library.lending.model import Policy, PolicyRow
from library.lending.rows import PreparedSelect, slot
from library.lending.tables import LoanPolicy

_ROW_COLUMNS = tuple(spec.name for spec in fields(PolicyRow))


def load_policy(today: date) -> Policy:
    """Policy table, settings and the school year that holds `today`."""
    return policy_in(find_year_row(today))


def policy_in(year: SchoolYear | None) -> Policy:
    """The same for a school year that has been read already."""
    rows = tuple(PolicyRow(**row) for row in _POLICIES.rows())
    return Policy(
        rows=rows,
        limits={
            "pupil": get_preference("max_loans_pupil"),
            "teacher": get_preference("max_loans_teacher"),
            "other": get_preference("max_loans_other"),
        },
        block_when_overdue=get_preference("block_when_overdue"),
        same_title_twice=get_preference("same_title_twice"),
        suspension_factor=get_preference("suspension_factor"),
        suspension_grace_days=get_preference("suspension_grace_days"),
        suspension_cap_days=get_preference("suspension_cap_days"),
        suspension_sum=get_preference("suspension_sum"),
        lost_return=get_preference("lost_return"),
        renew_if_spare=get_preference("renew_if_spare"),
        summer_return=parse_day_month(get_preference("summer_return_day")),
        offline_limit=get_preference("kiosk_offline_limit"),
        snapshot_days=get_preference("kiosk_snapshot_days"),
        year=None if year is None else as_year(year),
    )


def find_year_row(day: date) -> SchoolYear | None:
    """The school year that holds a day."""
    rows = _YEARS.rows(day=day)
    return SchoolYear(**rows[0]) if rows else None


def load_open_days() -> Calendar:
    """The school calendar, for rules about open days (as library/foundation/calendar.py load_calendar)."""
    periods = [(row["starts_on"], row["ends_on"]) for row in _CLOSED.rows()]
    return Calendar(frozenset(get_preference("weekly_closed_days")), expand_periods(periods))


_POLICIES = PreparedSelect(
    lambda: LoanPolicy.select(*[getattr(LoanPolicy, name) for name in _ROW_COLUMNS]).order_by(LoanPolicy.id)
)
_YEARS = PreparedSelect(
    lambda: SchoolYear.select(
        SchoolYear.id, SchoolYear.label, SchoolYear.starts_on, SchoolYear.term2_starts_on, SchoolYear.ends_on
    )
    .where(SchoolYear.starts_on <= slot("day"), SchoolYear.ends_on >= slot("day"))
    .limit(1)
)
_CLOSED = PreparedSelect(lambda: ClosedPeriod.select(ClosedPeriod.starts_on, ClosedPeriod.ends_on))


def parse_day_month(text: str) -> tuple[int, int]:
    """ "25/05" -> (25, 5); anything else -> (25, 5), because a typing error must not stop lending."""
    day, _, month = text.partition("/")
    if day.strip().isdecimal() and month.strip().isdecimal() and 1 <= int(month) <= 12 and 1 <= int(day) <= 31:
        return int(day), int(month)
    return 25, 5
