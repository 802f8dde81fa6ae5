"""What a change of the calendar moved: loans, kept copies, corners, from which day to which. Reads only; never commits.

The log keeps each change as one entry (`calendar.redate`), each loan its own event. Moving: closing.py (L43, L236,
L238).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

import peewee as pw

from library.foundation.clock import at_local
from library.foundation.errors import NotFound
from library.foundation.schoolyear import class_sort_key
from library.foundation.tables import AuditEntry
from library.foundation.vietnamese import person_sort_key
from library.lending.model import CornerMoved, PickupMoved, Redated
from library.lending.queries import list_hold_names, list_loans
from library.lending.rows import tuples_of
from library.lending.tables import HoldingUnit, LoanEvent
from library.lending.units.redating import ROUND_ACTION, UNIT_ACTION, ring_of
from library.readers.model import KIND_ORDER, group_words

ACTION = "calendar.redate"
HOLD_ACTION = "hold.redate"


@dataclass(frozen=True, slots=True)
class Redating:
    """One change: `why` is the name of the closed days, `loans` how many moved, `pickups` how many kept copies,
    `corners` how many corners and rounds of a rotation."""

    id: int
    at: datetime
    actor_name: str
    why: str
    loans: int
    pickups: int = 0
    corners: int = 0


def list_redatings_done(since: date, until: date) -> list[Redating]:
    """Changes made on these days, newest first."""
    query = AuditEntry.select().where(
        AuditEntry.action == ACTION, AuditEntry.at >= at_local(since), AuditEntry.at <= at_local(until, 23, 59)
    )
    return [_redating(entry) for entry in query.order_by(AuditEntry.id.desc())]


def newest_redating() -> int | None:
    """The entry of the newest change."""
    entry = AuditEntry.select().where(AuditEntry.action == ACTION).order_by(AuditEntry.id.desc()).first()
    return None if entry is None else entry.id


def find_redating(entry_id: int) -> tuple[Redating, list[tuple[str, list[Redated]]]]:
    """A change and its loans by class, who has none by what they are; people by name. NotFound(`not_found`)."""
    entry = AuditEntry.get_or_none(AuditEntry.id == entry_id, AuditEntry.action == ACTION)
    if entry is None:
        raise NotFound("not_found")
    moved = _moved(entry.after.get("loans", []), entry.after.get("days", {}), entry.after.get("cut", {}))
    moved.sort(
        key=lambda one: (
            not one.class_name, class_sort_key(one.class_name), KIND_ORDER.get(one.kind, 9),
            person_sort_key(one.reader_name),
        )
    )  # fmt: skip
    groups = groupby(moved, key=lambda one: group_words(one.class_name, one.kind))
    return _redating(entry), [(name, list(group)) for name, group in groups]


def _redating(entry: AuditEntry) -> Redating:
    after = entry.after or {}
    loans, pickups = len(after.get("loans", [])), len(after.get("holds", []))
    corners = len(after.get("units", [])) + after.get("rounds", 0)
    return Redating(entry.id, entry.at, entry.actor_name, entry.comment or "", loans, pickups, corners)


def list_pickups_moved(entry_id: int) -> list[PickupMoved]:
    """The kept copies of a change, by their old day (L236); empty for an unknown one."""
    entry = AuditEntry.get_or_none(AuditEntry.id == entry_id, AuditEntry.action == ACTION)
    after = (entry.after if entry is not None else None) or {}
    ids, days = [str(hold_id) for hold_id in after.get("holds", [])], after.get("days", {})
    moved: dict[int, tuple[date, date]] = {}
    # Written in the transaction of the change, just before its own entry.
    rows = AuditEntry.select().where(
        AuditEntry.action == HOLD_ACTION, AuditEntry.subject_kind == "hold", AuditEntry.id < entry_id
    )
    for start in range(0, len(ids), 500):
        for row in rows.where(AuditEntry.subject_id.in_(ids[start : start + 500])).order_by(AuditEntry.id):
            before, until = row.before["pickup_until_on"], row.after["pickup_until_on"]
            if days.get(before) == until:
                moved[int(row.subject_id)] = (date.fromisoformat(before), date.fromisoformat(until))
    return sorted(
        (
            PickupMoved(
                hold_id=hold_id, title=title, reader_name=name, class_name=class_name,
                until_before=moved[hold_id][0], until_after=moved[hold_id][1],
            )
            for hold_id, title, name, class_name in list_hold_names(moved)
        ),
        key=lambda one: (one.until_before, class_sort_key(one.class_name), person_sort_key(one.reader_name)),
    )  # fmt: skip


def list_corners_moved(entry_id: int) -> list[CornerMoved]:
    """The rounds and corners of a change, as they were named before it (L238); empty for an unknown one."""
    entry = AuditEntry.get_or_none(AuditEntry.id == entry_id, AuditEntry.action == ACTION)
    after = (entry.after if entry is not None else None) or {}
    units, plans = after.get("units", []), after.get("plans", [])
    # Written in the transaction of the change, between the entry before and its own.
    newer = AuditEntry.select(pw.fn.MAX(AuditEntry.id)).where(AuditEntry.action == ACTION, AuditEntry.id < entry_id)
    since = newer.scalar() or 0
    rows = AuditEntry.select().where(
        AuditEntry.id > since, AuditEntry.id < entry_id, AuditEntry.action.in_((UNIT_ACTION, ROUND_ACTION))
    )
    query = HoldingUnit.select(HoldingUnit.id, HoldingUnit.name).where(HoldingUnit.id.in_(units or [0]))
    names = dict(tuples_of(query))
    moved = []
    for row in rows.order_by(AuditEntry.id):
        number = int(row.subject_id)
        if row.action == UNIT_ACTION and number in units:
            moved.append(
                CornerMoved(
                    unit_id=number, name=names.get(number, ""), before=_day(row.before["due_on"]),
                    after=_day(row.after["due_on"]),
                )
            )  # fmt: skip
        elif row.action == ROUND_ACTION and number in plans:
            plan_name, corners = ring_of(number)
            moved.append(
                CornerMoved(
                    plan_id=number, name=plan_name, round_number=row.after["round"], corners=corners,
                    before=_day(row.before["on"]), after=_day(row.after["on"]) if row.after["on"] else None,
                )
            )  # fmt: skip
    return moved


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _moved(loan_ids: Sequence[int], moves: Mapping[str, str], cut: Mapping[str, Sequence[str]]) -> list[Redated]:
    """Each loan with its event of that change; `moves`: the days that moved, old -> new; `cut`: those of readers who
    leave (L234), old -> the new ones."""
    days: dict[int, tuple[date, date]] = {}
    for start in range(0, len(loan_ids), 500):
        query = LoanEvent.select(LoanEvent.loan, LoanEvent.due_before, LoanEvent.due_after).where(
            LoanEvent.loan.in_(loan_ids[start : start + 500]), LoanEvent.kind == "redated"
        )
        for loan_id, before, after in tuples_of(query.order_by(LoanEvent.id)):
            if moves.get(str(before)) == str(after) or str(after) in cut.get(str(before), ()):
                days[loan_id] = (before, after)
    return [
        Redated(
            loan_id=line.loan_id, title=line.title, reader_name=line.reader_name, class_name=line.class_name,
            kind=line.kind,
            due_before=days[line.loan_id][0], due_after=days[line.loan_id][1],
            earlier=days[line.loan_id][1] < days[line.loan_id][0],
        )
        for line in list_loans(loan_ids)
        if line.loan_id in days
    ]  # fmt: skip
