"""Days closed after books were promised for them: what moves is shown first, moved in the same act, and kept as a list.

Loans by L43 (never past the reader's last day, L234), kept copies by L236, class corners and rotations by L238.
Next: redatings.py (the kept list, L225), units/redating.py (corners), school_days.py (the calendar page).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from library.foundation.audit import Actor, record_audit
from library.foundation.calendar import add_closed_period, check_closed_period, load_calendar, remove_closed_period
from library.foundation.clock import now, today
from library.foundation.database import transaction
from library.foundation.schoolyear import Calendar, expand_periods
from library.lending.due_dates import moved_day
from library.lending.holds import list_pickups_to_move, move_pickups
from library.lending.loan_writing import add_event
from library.lending.model import CornerMoved, PickupMoved, Redated
from library.lending.queries import list_open_loans_due
from library.lending.rows import tuples_of
from library.lending.tables import Loan
from library.lending.units.redating import list_corners_to_move, move_corners
from library.readers.tables import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What a change of the calendar moves. `staying`: loans due on a closed day whose reader has no open day left to
    bring them in time (L234): they keep their day and are to be asked for now."""

    loans: tuple[Redated, ...] = ()
    staying: tuple[Redated, ...] = ()
    pickups: tuple[PickupMoved, ...] = ()
    corners: tuple[CornerMoved, ...] = ()

    @property
    def moves(self) -> bool:
        return bool(self.loans or self.pickups or self.corners)


def close_library(starts_on: date, ends_on: date, name: str, kind: str, *, actor: Actor) -> Closing:
    """Close for a period and move what falls into it: due days (L43), last pickup days (L236), exchange days of
    corners (L238). The list of what moved is kept (L225): redatings.py."""
    with transaction():
        add_closed_period(starts_on, ends_on, name, kind, actor)
        calendar = load_calendar()
        moved, staying = _list_loans(calendar)
        for move in moved:
            Loan.update(due_on=move.due_after).where(Loan.id == move.loan_id).execute()
            add_event(move.loan_id, "redated", now(), actor, move.due_before, move.due_after)
        # The corners last: what is lent inside follows its set, also past the next open day (L137).
        done = Closing(
            loans=moved, staying=staying, pickups=tuple(move_pickups(calendar, actor)),
            corners=tuple(move_corners(calendar, starts_on, ends_on, actor)),
        )  # fmt: skip
        if done.moves:
            record_audit(actor, "calendar.redate", "calendar", "school", None, _facts(done), name or None)
        return done


def open_library(period_id: int, *, actor: Actor) -> None:
    """Take a closed period away. Days that were moved stay: nobody's time is shortened."""
    with transaction():
        remove_closed_period(period_id, actor)


def preview_closing(starts_on: date, ends_on: date) -> Closing:
    """What `close_library` would move. InvalidInput as there; nothing is written."""
    check_closed_period(starts_on, ends_on)
    calendar = load_calendar()
    calendar = Calendar(calendar.weekly_closed, calendar.closed | expand_periods([(starts_on, ends_on)]))
    moved, staying = _list_loans(calendar)
    return Closing(
        loans=moved, staying=staying, pickups=tuple(list_pickups_to_move(calendar)),
        corners=tuple(list_corners_to_move(calendar, starts_on, ends_on)),
    )  # fmt: skip


def _facts(done: Closing) -> dict[str, Any]:
    """What the log keeps; with it redatings.py finds the events of this change again."""
    days = [(move.due_before, move.due_after) for move in done.loans if not move.earlier]
    days += [(move.until_before, move.until_after) for move in done.pickups]
    facts: dict[str, Any] = {
        "loans": [move.loan_id for move in done.loans],
        "days": {str(before): str(day) for before, day in days},
    }
    cut: dict[str, list[str]] = {}  # L234: one old day, and a new one for every last day of service
    for move in done.loans:
        if move.earlier and str(move.due_after) not in cut.setdefault(str(move.due_before), []):
            cut[str(move.due_before)].append(str(move.due_after))
    if cut:
        facts["cut"] = cut
    if done.pickups:
        facts["holds"] = [move.hold_id for move in done.pickups]
    units = [move.unit_id for move in done.corners if move.unit_id is not None]
    plans = [move.plan_id for move in done.corners if move.plan_id is not None]
    if units:
        facts["units"] = units
    if plans:
        facts["plans"], facts["rounds"] = list(dict.fromkeys(plans)), len(plans)
    return facts


def _list_loans(calendar: Calendar) -> tuple[tuple[Redated, ...], tuple[Redated, ...]]:
    """L43: open loans due on a day that is closed in `calendar`, from today on, and where they move; and those that
    have nowhere to move to (L234)."""
    moved: list[Redated] = []
    staying: list[Redated] = []
    lines = [line for line in list_open_loans_due(today()) if not calendar.is_open(line.due_on)]
    leaving = _list_last_days(sorted({line.reader_id for line in lines if line.reader_id is not None}))
    for line in lines:
        if calendar.next_open(line.due_on) is None:
            continue  # closed all year (L37): the old day is better than none
        day = moved_day(line.due_on, calendar, today(), leaving.get(line.reader_id or 0))
        due_on = day or line.due_on
        move = Redated(
            loan_id=line.loan_id, title=line.title, reader_name=line.reader_name, class_name=line.class_name,
            due_before=line.due_on, due_after=due_on, earlier=due_on < line.due_on,
        )  # fmt: skip
        (staying if day is None else moved).append(move)
    return tuple(moved), tuple(staying)


def _list_last_days(reader_ids: list[int]) -> dict[int, date]:
    """reader id -> the last day of service, of those who have one."""
    found: dict[int, date] = {}
    for start in range(0, len(reader_ids), 500):
        query = Reader.select(Reader.id, Reader.leaves_on).where(
            Reader.id.in_(reader_ids[start : start + 500]), Reader.leaves_on.is_null(False)
        )
        found.update(tuples_of(query))
    return found
