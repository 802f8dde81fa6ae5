"""Exchange days of class corners that have become closed days, and the rounds of their rotation (L238).

Steps of the use case in library/lending/closing.py. The days of a rotation: rotation_rules.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

import peewee as pw

from library.foundation.audit import Actor, record_audit
from library.foundation.calendar import as_year
from library.foundation.clock import today
from library.foundation.database import require_transaction
from library.foundation.schoolyear import Calendar
from library.lending.model import CornerMoved, UnitKind
from library.lending.tables import HoldingUnit, Placement
from library.lending.units.rotation_rules import Round, follow_calendar
from library.lending.units.rotations import end_plan, follow_plan, last_day_of
from library.lending.units.tables import RotationPlan, RotationShift

UNIT_ACTION, ROUND_ACTION = "unit.redate", "rotation.redate"


def list_corners_to_move(calendar: Calendar, starts_on: date, ends_on: date) -> list[CornerMoved]:
    """Rounds of rotations, then corners with books in them that are in none, whose day is one of those just closed
    (in `calendar` already) and has not passed; to which day each moves. Nothing is written."""
    closed = (max(starts_on, today()), ends_on)
    rounds = _list_open_rounds()
    moves = [move for plan_id in rounds for move in _moves_of(plan_id, rounds[plan_id], calendar, closed)]
    in_rings = {shift.from_unit_id for shifts in rounds.values() for shift in shifts}
    for unit in _list_corners_due(*closed):
        if unit.id in in_rings:
            continue
        due_on = calendar.next_open(unit.due_on)
        if due_on is not None:  # closed all year: the old day is better than none
            moves.append(CornerMoved(unit_id=unit.id, name=unit.name, before=unit.due_on, after=due_on))
    return moves


def move_corners(calendar: Calendar, starts_on: date, ends_on: date, actor: Actor) -> list[CornerMoved]:
    """Do what `list_corners_to_move` says; each keeps both days in the log."""
    require_transaction()
    rings = {
        plan_id: {shift.from_unit_id for shift in shifts} for plan_id, shifts in _list_open_rounds().items()
    }
    moves = list_corners_to_move(calendar, starts_on, ends_on)
    for move in moves:
        if move.unit_id is not None:
            HoldingUnit.update(due_on=move.after).where(HoldingUnit.id == move.unit_id).execute()
            record_audit(actor, UNIT_ACTION, "holding_unit", move.unit_id, {"due_on": str(move.before)},
                         {"due_on": str(move.after)})  # fmt: skip
            continue
        assert move.plan_id is not None
        mine = (RotationShift.plan == move.plan_id) & (RotationShift.round_number == move.round_number)
        if move.after is None:
            RotationShift.delete().where(mine, RotationShift.done_at.is_null()).execute()
        else:
            RotationShift.update(planned_on=move.after).where(mine).execute()
        record_audit(
            actor, ROUND_ACTION, "rotation_plan", move.plan_id,
            {"round": move.round_number, "on": str(move.before)},
            {"round": move.round_number, "on": str(move.after) if move.after else None},
        )  # fmt: skip
    for plan_id in {move.plan_id for move in moves if move.plan_id is not None}:
        follow_plan(plan_id, rings[plan_id])
        if not RotationShift.select().where(RotationShift.plan == plan_id).exists():
            end_plan(plan_id, actor=actor)  # no round was done and none is left
    return moves


def _list_open_rounds() -> dict[int, list[RotationShift]]:
    """plan id -> the shifts that are not done, of plans that go on, by round."""
    query = (
        RotationShift.select(RotationShift, RotationPlan)
        .join(RotationPlan)
        .where(RotationPlan.ended_at.is_null(), RotationShift.done_at.is_null())
        .order_by(RotationPlan.id, RotationShift.round_number, RotationShift.set_number)
    )
    found: dict[int, list[RotationShift]] = defaultdict(list)
    for shift in query:
        found[shift.plan_id].append(shift)
    return found


def _moves_of(
    plan_id: int, shifts: list[RotationShift], calendar: Calendar, closed: tuple[date, date]
) -> Iterable[CornerMoved]:
    plan = shifts[0].plan
    rounds = [Round(number, day) for number, day in {one.round_number: one.planned_on for one in shifts}.items()]
    until = last_day_of(as_year(plan.school_year))
    _, names = ring_of(plan_id)
    for number, before, after in follow_calendar(rounds, plan.weeks, until, calendar, closed):
        yield CornerMoved(
            plan_id=plan_id, name=plan.name, round_number=number, corners=names, before=before, after=after
        )


def ring_of(plan_id: int) -> tuple[str, tuple[str, ...]]:
    """A plan's name and its corners in the order of the ring."""
    name = RotationPlan.select(RotationPlan.name).where(RotationPlan.id == plan_id).scalar() or ""
    query = (
        RotationShift.select(RotationShift.round_number, HoldingUnit.name)
        .join(HoldingUnit, on=(RotationShift.from_unit == HoldingUnit.id))
        .where(RotationShift.plan == plan_id)
        .order_by(RotationShift.round_number, RotationShift.set_number)
    )
    rows = list(query.tuples())
    return name, tuple(corner for number, corner in rows if number == rows[0][0])


def _list_corners_due(since: date, until: date) -> list[HoldingUnit]:
    inside = Placement.select(pw.Value(1)).where(Placement.unit == HoldingUnit.id, Placement.removed_at.is_null())
    return list(
        HoldingUnit.select()
        .where(
            HoldingUnit.kind == UnitKind.CLASS_CORNER.value, HoldingUnit.closed_on.is_null(),
            HoldingUnit.due_on >= since, HoldingUnit.due_on <= until, pw.fn.EXISTS(inside),
        )
        .order_by(HoldingUnit.due_on, HoldingUnit.id)
    )  # fmt: skip
