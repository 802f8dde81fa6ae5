"""Lists of the year's rotation: which set is where in which weeks, which round is late. Reads only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

import peewee as pw

from library.foundation.calendar import load_calendar
from library.foundation.clock import today
from library.foundation.errors import NotFound
from library.foundation.schoolyear import Calendar
from library.lending.rows import dicts_of
from library.lending.tables import HandOver, HoldingUnit
from library.lending.units.tables import RotationPlan, RotationShift


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftLine:
    set_number: int
    from_name: str
    to_name: str
    hand_over_id: int | None
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundLine:
    """`closed`: the planned day has become a closed one; `instead_on`: the open day after it. `next`: the one to
    do next."""

    number: int
    planned_on: date
    done: bool
    late_days: int
    closed: bool
    instead_on: date | None
    next: bool
    shifts: tuple[ShiftLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """`rows`: for every set (named after the corner it began in) the corner of each period."""

    plan_id: int
    name: str
    starts_on: date
    weeks: int
    ended: bool
    rounds: tuple[RoundLine, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def left(self) -> int:
        return sum(not one.done for one in self.rounds)


def list_plans(*, ended: bool = False) -> list[PlanView]:
    """Plans that go on (or those that ended), the newest first."""
    plans = RotationPlan.select().where(RotationPlan.ended_at.is_null(not ended)).order_by(RotationPlan.id.desc())
    calendar = load_calendar()
    return [_view(plan, calendar) for plan in plans]


def get_plan(plan_id: int) -> PlanView:
    """NotFound(`rotation_unknown`)."""
    plan = RotationPlan.get_or_none(RotationPlan.id == plan_id)
    if plan is None:
        raise NotFound("rotation_unknown")
    return _view(plan, load_calendar())


def _view(plan: RotationPlan, calendar: Calendar) -> PlanView:
    from_unit, to_unit = HoldingUnit.alias(), HoldingUnit.alias()
    rows = dicts_of(
        RotationShift.select(
            RotationShift.round_number, RotationShift.set_number, RotationShift.planned_on, RotationShift.done_at,
            from_unit.name.alias("from_name"), to_unit.name.alias("to_name"), RotationShift.hand_over, HandOver.number,
        )
        .join(from_unit, on=(RotationShift.from_unit == from_unit.id))
        .switch(RotationShift)
        .join(to_unit, on=(RotationShift.to_unit == to_unit.id))
        .switch(RotationShift)
        .join(HandOver, pw.JOIN.LEFT_OUTER, on=(RotationShift.hand_over == HandOver.id))
        .where(RotationShift.plan == plan.id)
        .order_by(RotationShift.round_number, RotationShift.set_number)
    )  # fmt: skip
    by_round: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_round[row["round_number"]].append(row)
    day, rounds, seen_next = today(), [], False
    for number, shifts in by_round.items():
        done, planned_on = shifts[0]["done_at"] is not None, shifts[0]["planned_on"]
        closed = not done and not calendar.is_open(planned_on)
        rounds.append(
            RoundLine(
                number=number, planned_on=planned_on, done=done,
                late_days=0 if done or plan.ended_at is not None else max((day - planned_on).days, 0),
                closed=closed, instead_on=calendar.next_open(planned_on) if closed else None,
                next=not done and not seen_next and plan.ended_at is None,
                shifts=tuple(
                    ShiftLine(
                        set_number=shift["set_number"], from_name=shift["from_name"], to_name=shift["to_name"],
                        hand_over_id=shift["hand_over"], number=shift["number"] or "",
                    )
                    for shift in shifts
                ),
            )
        )  # fmt: skip
        seen_next = seen_next or not done
    paths = [
        (shift.from_name, *(one.shifts[index].to_name for one in rounds))
        for index, shift in enumerate(rounds[0].shifts if rounds else ())
    ]
    return PlanView(
        plan_id=plan.id, name=plan.name, starts_on=plan.starts_on, weeks=plan.weeks, ended=plan.ended_at is not None,
        rounds=tuple(rounds), rows=tuple(paths),
    )  # fmt: skip


def list_due_rounds(on: date | None = None) -> list[tuple[str, int, date]]:
    """(plan, round, planned day) of rounds that should have been done by now, the day itself included (L142)."""
    day = on or today()
    query = (
        RotationShift.select(RotationPlan.name, RotationShift.round_number, RotationShift.planned_on)
        .join(RotationPlan)
        .where(RotationPlan.ended_at.is_null(), RotationShift.done_at.is_null(), RotationShift.planned_on <= day)
        .distinct()
        .order_by(RotationShift.planned_on, RotationPlan.name)
    )
    return [(row[0], row[1], row[2]) for row in query.tuples()]
