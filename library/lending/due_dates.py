"""When a loan is due: pure date rules, numbered L31–L39, L43 and L234 in docs/lending-rules.md.

Next: rules.py (who may borrow), model.py (the shapes). No clock is asked here; `today` comes in.
"""

from __future__ import annotations

from datetime import date, timedelta

from library.foundation.schoolyear import SEARCH_DAYS, Calendar, Year, default_year, label_for
from library.lending.model import DueDate, LengthKind, Policy, PolicyRow

MAX_LENGTH_DAYS = 3660  # ten years: a typing error must not run out of the calendar


def due_date(
    row: PolicyRow, policy: Policy, calendar: Calendar, base: date, leaves_on: date | None = None
) -> DueDate | None:
    """The due day of a loan made (or a renewal counted) from `base`; None when the library never opens.

    `leaves_on`: the reader's last day; the due day is cut to the last open day not after it (L38). When
    no open day is left until then the uncut day is returned: rules.py makes a reason of it.
    """
    counted = _counted_day(row, policy, calendar, base)
    if row.length_kind in (LengthKind.END_OF_TERM, LengthKind.END_OF_YEAR):
        # L36: a set that must be back before the break comes back before it, not after.
        due_on = calendar.last_open(counted, base + timedelta(days=1)) or calendar.next_open(counted)
    else:
        due_on = calendar.next_open(counted)  # L35: closures are skipped whole
    if due_on is None:
        return None  # L37
    notes = ("due_moved",) if due_on != counted else ()
    if leaves_on is not None and due_on > leaves_on:
        cut = last_day_for(leaves_on, base, calendar)
        if cut is not None:
            return DueDate(due_on=cut, notes=("due_cut",))
    return DueDate(due_on=due_on, notes=notes)


def last_day_for(leaves_on: date, base: date, calendar: Calendar) -> date | None:
    """L38, L234: the latest due day of a reader who is served until `leaves_on`; None when no open day is left from
    `base` on."""
    return calendar.last_open(leaves_on, base)


def moved_day(due_on: date, calendar: Calendar, today: date, leaves_on: date | None = None) -> date | None:
    """L43, L234: where a due day moves that has become a closed one: to the next open day, but not past the reader's
    last day, then to the last open day before. None: nowhere. A due day past the last day already (L39 set aside)
    moves like any other."""
    wanted = calendar.next_open(due_on)
    if wanted is not None and leaves_on is not None and due_on <= leaves_on < wanted:
        return last_day_for(leaves_on, today, calendar)
    return wanted


def _counted_day(row: PolicyRow, policy: Policy, calendar: Calendar, base: date) -> date:
    if row.length_kind == LengthKind.WEEKDAY:
        return _weekday_after(row.length_value, calendar, base)
    if row.length_kind == LengthKind.END_OF_TERM:
        return end_of_term(policy, base)
    if row.length_kind == LengthKind.END_OF_YEAR:
        return end_of_year(policy, base)
    if row.length_kind == LengthKind.ON_DATE and row.fixed_due_on is not None and row.fixed_due_on > base:
        return row.fixed_due_on
    # L31, and L34 for a fixed day that has passed
    return base + timedelta(days=min(max(row.length_value, 0), MAX_LENGTH_DAYS))


def _weekday_after(weekday: int, calendar: Calendar, base: date) -> date:
    """L32: the next such weekday; when it is closed, the same weekday of a later week, unless the
    library never opens on that weekday."""
    weekday = min(max(weekday, 1), 7)
    day = base + timedelta(days=(weekday - base.isoweekday() - 1) % 7 + 1)
    if weekday in calendar.weekly_closed:
        return day
    for weeks in range(SEARCH_DAYS // 7):
        candidate = day + timedelta(weeks=weeks)
        if calendar.is_open(candidate):
            return candidate
    return day


def _year_of(policy: Policy, day: date) -> Year:
    if policy.year is not None and policy.year.holds(day):
        return policy.year
    return default_year(label_for(day))


def end_of_term(policy: Policy, base: date) -> date:
    """L33: last day of the present term; from the term's own last day on, of the one after."""
    year = _year_of(policy, base)
    if base < year.term2_starts_on - timedelta(days=1):
        return year.term2_starts_on - timedelta(days=1)
    return end_of_year(policy, base)


def end_of_year(policy: Policy, base: date) -> date:
    """L33: the last day for returns before the summer (setting), else the end of the school year; from
    that day on, of the next year."""
    year = _year_of(policy, base)
    summer = summer_return_of(policy, year)
    if base < summer <= year.ends_on:
        return summer
    if base < year.ends_on:
        return year.ends_on
    following = _year_of(policy, year.ends_on + timedelta(days=1))
    return summer_return_of(policy, following)


def summer_return_of(policy: Policy, year: Year) -> date:
    """L33: the school's last day for returns before the summer of that year; its end for a day that is none."""
    day, month = policy.summer_return
    calendar_year = year.ends_on.year if month <= year.ends_on.month else year.starts_on.year
    try:
        return date(calendar_year, month, day)
    except ValueError:  # 31/04, or 29/02 in a common year
        return year.ends_on


def recalled_day(due_on: date, today: date, days: int, calendar: Calendar) -> date:
    """L44: back on the first open day after `days` days, never later than it was due, never before today."""
    wanted = calendar.next_open(today + timedelta(days=max(days, 0)))
    return due_on if wanted is None else min(due_on, wanted)


def is_overdue(due_on: date, today: date) -> bool:
    """L40: late from the day after the due day on; the whole due day is in time."""
    return due_on < today


def overdue_days(due_on: date, returned_on: date) -> int:
    """Calendar days late, 0 when in time (L40)."""
    return max((returned_on - due_on).days, 0)


def suspension_days(days_late: int, policy: Policy) -> int:
    """L41: (days late − days of grace) × factor, at most the cap; 0 when suspension is off."""
    if days_late <= 0 or policy.suspension_factor <= 0:
        return 0
    return min(max(days_late - policy.suspension_grace_days, 0) * policy.suspension_factor, policy.suspension_cap_days)


def suspension_end(returned_on: date, days: int, present_end: date | None, policy: Policy) -> date:
    """L42: last blocked day. One block a reader: a second late book lengthens it to the later end, or,
    when the school adds them up, by its days; never more than the cap from the day of return."""
    fresh = returned_on + timedelta(days=days)
    if present_end is None or present_end < returned_on:
        return fresh
    if not policy.suspension_sum:
        return max(fresh, present_end)
    capped = min(present_end + timedelta(days=days), returned_on + timedelta(days=policy.suspension_cap_days))
    return max(present_end, capped)
