"""The school calendar as kept in the database: school years, closed periods, computed public holidays."""

from __future__ import annotations

from datetime import date

import holidays

from library.foundation.audit import Actor, record_audit
from library.foundation.clock import today
from library.foundation.database import transaction
from library.foundation.errors import InvalidInput, NotFound
from library.foundation.preferences import get_preference
from library.foundation.schoolyear import Calendar, Year, default_year, expand_periods, label_for, parse_label
from library.foundation.tables import ClosedPeriod, SchoolYear

LONGEST_YEAR_DAYS = 400
_RENAMED = {"29 Tết": "Ngày trước giao thừa Tết Nguyên Đán", "Ngày Văn hóa Việt Nam": "Ngày Văn hoá Việt Nam"}


def public_holidays(year: int) -> dict[date, str]:
    """Vietnamese public holidays of a calendar year (Labour Code 2019 art. 112; Tết computed).

    The library calls the second day before Tết "29 Tết" whatever the length of the last lunar month; where that month
    has 29 days (2025, 2027, 2028: the eve is the 29th) it is the 28th. A name that is always true is kept instead;
    tones stand as everywhere here."""
    found = holidays.country_holidays("VN", years=year, language="vi")
    return {day: _RENAMED.get(name, name) for day, name in found.items()}


def find_year(day: date | None = None) -> SchoolYear | None:
    """The kept school year that holds `day` (default: today)."""
    day = day or today()
    return SchoolYear.get_or_none((SchoolYear.starts_on <= day) & (SchoolYear.ends_on >= day))


def ensure_year(label: str) -> SchoolYear:
    """The school year of that label, made with its usual dates and public holidays when it is new.

    Call inside a transaction or alone; ValueError for a label that is none.
    """
    label = parse_label(label)
    row = SchoolYear.get_or_none(SchoolYear.label == label)
    if row is not None:
        return row
    usual = default_year(label)
    with transaction():
        row = SchoolYear.create(
            label=label, starts_on=usual.starts_on, term2_starts_on=usual.term2_starts_on, ends_on=usual.ends_on
        )
        for year in (usual.starts_on.year, usual.ends_on.year):
            for day, name in public_holidays(year).items():
                if usual.starts_on <= day <= usual.ends_on and not ClosedPeriod.select().where(
                    ClosedPeriod.starts_on == day, ClosedPeriod.kind == "holiday"
                ).exists():
                    ClosedPeriod.create(
                        starts_on=day, ends_on=day, name=name[:120], kind="holiday", source="computed"
                    )
    return row


def current_year() -> SchoolYear:
    """The school year of today, made when missing."""
    return find_year() or ensure_year(label_for(today()))


def as_year(row: SchoolYear) -> Year:
    return Year(row.label, row.starts_on, row.term2_starts_on, row.ends_on)


def load_calendar() -> Calendar:
    """Everything the pure rules need to know about open days."""
    periods = [(row.starts_on, row.ends_on) for row in ClosedPeriod.select()]
    return Calendar(frozenset(get_preference("weekly_closed_days")), expand_periods(periods))


def change_year(label: str, starts_on: date, term2_starts_on: date, ends_on: date, actor: Actor) -> None:
    """Set the dates of a kept school year. NotFound(`year_unknown`); InvalidInput(`year_bad`, `year_meets`)
    names the field: the terms follow each other, a year has at most 400 days and meets no other year."""
    with transaction():
        row = SchoolYear.get_or_none(SchoolYear.label == label)
        if row is None:
            raise NotFound("year_unknown", label=label)
        if not starts_on < term2_starts_on <= ends_on:
            raise InvalidInput("year_bad", field="term2_starts_on" if starts_on < ends_on else "ends_on")
        if (ends_on - starts_on).days > LONGEST_YEAR_DAYS:
            raise InvalidInput("year_bad", field="ends_on")
        meets = SchoolYear.get_or_none(
            (SchoolYear.id != row.id) & (SchoolYear.starts_on <= ends_on) & (SchoolYear.ends_on >= starts_on)
        )
        if meets is not None:
            later = meets.starts_on > row.starts_on
            raise InvalidInput("year_meets", field="ends_on" if later else "starts_on", label=meets.label)
        before = _year_dates(row)
        row.starts_on, row.term2_starts_on, row.ends_on = starts_on, term2_starts_on, ends_on
        after = _year_dates(row)
        if before == after:
            return
        row.save()
        record_audit(actor, "calendar.year", "school_year", row.label, before, after)


def _year_dates(row: SchoolYear) -> dict[str, str]:
    return {name: str(getattr(row, name)) for name in ("starts_on", "term2_starts_on", "ends_on")}


def open_year(label: str, actor: Actor) -> SchoolYear:
    """Start keeping a school year, with its usual dates and public holidays. InvalidInput(`year_label_bad`)."""
    try:
        label = parse_label(label)
    except ValueError as error:
        raise InvalidInput("year_label_bad", field="label") from error
    with transaction():
        known = SchoolYear.get_or_none(SchoolYear.label == label)
        row = ensure_year(label)
        if known is None:
            record_audit(actor, "calendar.open_year", "school_year", label, None, _year_dates(row))
        return row


def check_closed_period(starts_on: date, ends_on: date) -> None:
    """InvalidInput(`period_bad`) when it ends before it starts or is over a year long, `period_twice` when a kept
    period holds all of it already."""
    if ends_on < starts_on or (ends_on - starts_on).days > 366:
        raise InvalidInput("period_bad", field="ends_on", starts_on=starts_on, ends_on=ends_on)
    kept = ClosedPeriod.get_or_none((ClosedPeriod.starts_on <= starts_on) & (ClosedPeriod.ends_on >= ends_on))
    if kept is not None:
        raise InvalidInput(
            "period_twice", field="starts_on", name=kept.name, starts_on=kept.starts_on, ends_on=kept.ends_on
        )


def add_closed_period(starts_on: date, ends_on: date, name: str, kind: str, actor: Actor) -> ClosedPeriod:
    """Close the library for a period. InvalidInput when it ends before it starts or is over a year long.

    What is due on these days is moved by library/lending/closing.py, which calls this; nothing is moved here.
    """
    check_closed_period(starts_on, ends_on)
    with transaction():
        row = ClosedPeriod.create(starts_on=starts_on, ends_on=ends_on, name=name[:120], kind=kind, source="manual")
        record_audit(
            actor, "calendar.close", "closed_period", row.id, None,
            {"starts_on": str(starts_on), "ends_on": str(ends_on), "name": name},
        )
    return row


def remove_closed_period(period_id: int, actor: Actor) -> None:
    """Open these days again. NotFound(`period_unknown`) when somebody was quicker."""
    with transaction():
        row = ClosedPeriod.get_or_none(ClosedPeriod.id == period_id)
        if row is None:
            raise NotFound("period_unknown")
        row.delete_instance()
        record_audit(
            actor, "calendar.open", "closed_period", period_id,
            {"starts_on": str(row.starts_on), "ends_on": str(row.ends_on), "name": row.name}, None,
        )
