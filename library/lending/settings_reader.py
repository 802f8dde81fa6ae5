"""The lending policy and calendar as the pure rules want them, read from tables and preferences.

Reads only. Next: rules.py (what is decided with them), policies.py (how the librarian edits the table).
"""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from functools import lru_cache
from typing import Any

from library.foundation.calendar import as_year
from library.foundation.preferences import get_preference, get_preferences
from library.foundation.schoolyear import Calendar, Year, expand_periods
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
    return _make_policy(
        _POLICIES.raw(), get_preferences(_SETTINGS), None if year is None else as_year(year)
    )


@lru_cache(maxsize=8)
def _make_policy(raw: tuple[tuple[Any, ...], ...], settings: tuple[Any, ...], year: Year | None) -> Policy:
    """The same rows are the same policy: they are read for every act, and made into one when they change."""
    kept = dict(zip(_SETTINGS, settings, strict=True))
    return Policy(
        rows=tuple(PolicyRow(**row) for row in _POLICIES.read(raw)),
        limits={kind: kept.pop(f"max_loans_{kind}") for kind in ("pupil", "teacher", "other")},
        summer_return=parse_day_month(kept.pop("summer_return_day")),
        offline_limit=kept.pop("kiosk_offline_limit"),
        snapshot_days=kept.pop("kiosk_snapshot_days"),
        year=year,
        **kept,
    )


def find_year_row(day: date) -> SchoolYear | None:
    """The school year that holds a day."""
    rows = _YEARS.rows(day=day)
    return SchoolYear(**rows[0]) if rows else None


def load_open_days() -> Calendar:
    """The school calendar, for rules about open days (as library/foundation/calendar.py load_calendar)."""
    return _make_calendar(_CLOSED.raw(), tuple(get_preference("weekly_closed_days")))


@lru_cache(maxsize=8)
def _make_calendar(raw: tuple[tuple[Any, ...], ...], weekly_closed: tuple[int, ...]) -> Calendar:
    periods = [(row["starts_on"], row["ends_on"]) for row in _CLOSED.read(raw)]
    return Calendar(frozenset(weekly_closed), expand_periods(periods))


_SETTINGS = (
    "max_loans_pupil", "max_loans_teacher", "max_loans_other", "block_when_overdue", "same_title_twice",
    "suspension_factor", "suspension_grace_days", "suspension_cap_days", "suspension_sum", "lost_return",
    "renew_if_spare", "in_library_counts", "expired_may_renew", "withdrawn_return", "late_fine",
    "summer_return_day", "kiosk_offline_limit", "kiosk_snapshot_days",
)  # fmt: skip
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
