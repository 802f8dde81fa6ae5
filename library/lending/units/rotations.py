"""Use cases of the year's rotation: plan it, move a round, do a round as exchange documents, end it (L142, L143).

The days are worked out in rotation_rules.py; lists for the page in rotation_queries.py.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from library.contract.codes import register_errors
from library.foundation.audit import Actor, record_audit
from library.foundation.calendar import as_year, current_year, load_calendar
from library.foundation.clock import now, today
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput, NotFound, Refused
from library.foundation.schoolyear import Year
from library.foundation.vietnamese import nfc
from library.lending.due_dates import summer_return_of
from library.lending.model import UnitKind
from library.lending.rules import make_reason
from library.lending.scanned_codes import unknown_copy
from library.lending.settings_reader import load_policy
from library.lending.tables import HoldingUnit, Placement
from library.lending.units.corner_loans import follow_set
from library.lending.units.rotation_rules import corner_of, plan_rounds
from library.lending.units.set_steps import (
    SetCopy,
    SetProblem,
    SetRefused,
    capacity_of,
    clean_list,
    load_copies,
    load_copies_by_id,
    move_set,
    why_not_in,
)
from library.lending.units.tables import RotationPlan, RotationShift

MOST_CORNERS = 40

register_errors(
    {
        "rotation_few": "Chọn ít nhất hai góc lớp đang mở.",
        "rotation_twice": "{unit} đã có trong lịch luân chuyển “{plan}”. Kết thúc lịch đó trước.",
        "rotation_weeks_bad": "Mỗi vòng từ 1 đến 20 tuần.",
        "rotation_none": "Từ ngày {starts_on} đến hết năm học không còn ngày mở cửa nào cho một vòng {weeks} tuần. "
        "Chọn ngày sớm hơn, vòng ngắn hơn, hoặc xem ngày nghỉ ở trang Lịch thư viện.",
        "rotation_unknown": "Lịch luân chuyển này không còn. Tải lại trang.",
        "round_done": "Vòng này đã đổi rồi. Tải lại trang.",
        "round_order": "Vòng {number} chưa đổi. Đổi vòng đó trước.",
        "round_day_closed": "Ngày này thư viện không mở cửa. Chọn ngày khác.",
        "round_day_order": "Ngày của vòng phải sau vòng trước ({before}).",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftDone:
    hand_over_id: int
    number: str
    from_name: str
    to_name: str
    moved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundDone:
    """`stayed`: copies that were not seen, or are at home with a pupil: they stay in their old corner by name."""

    shifts: tuple[ShiftDone, ...]
    stayed: tuple[tuple[str, str, str], ...]  # (corner, barcode, title)


def create_plan(unit_ids: Sequence[int], *, starts_on: date, weeks: int, actor: Actor, name: str = "") -> int:
    """Plan a ring through these corners in this order until the end of the school year; each corner sees every
    set at most once. InvalidInput(`rotation_few`, `rotation_weeks_bad`, `rotation_none`);
    Conflict(`rotation_twice`) for a corner that is in another plan."""
    ids = list(dict.fromkeys(unit_ids))
    if not 1 <= weeks <= 20:
        raise InvalidInput("rotation_weeks_bad", field="weeks")
    with transaction():
        units = {row.id: row for row in HoldingUnit.select().where(
            HoldingUnit.id.in_(ids[:MOST_CORNERS]), HoldingUnit.closed_on.is_null(),
            HoldingUnit.kind == UnitKind.CLASS_CORNER.value)}  # fmt: skip
        ring = [units[unit_id] for unit_id in ids if unit_id in units]
        if len(ring) < 2:
            raise InvalidInput("rotation_few", field="unit_ids")
        taken = (
            RotationShift.select(RotationShift, RotationPlan)
            .join(RotationPlan)
            .where(RotationPlan.ended_at.is_null(), RotationShift.from_unit.in_([unit.id for unit in ring]))
            .first()
        )
        if taken is not None:
            raise Conflict(
                "rotation_twice", field="unit_ids", unit=units[taken.from_unit_id].name, plan=taken.plan.name
            )
        year = current_year()
        rounds = plan_rounds(starts_on, weeks, last_day_of(as_year(year)), load_calendar(), len(ring) - 1)
        if not rounds:
            raise InvalidInput("rotation_none", field="starts_on", starts_on=starts_on, weeks=weeks)
        plan_id: int = RotationPlan.insert(
            school_year=year, name=nfc(name)[:80] or f"{len(ring)} góc lớp, {weeks} tuần một vòng",
            starts_on=starts_on, weeks=weeks, created_at=now(),
        ).execute()  # fmt: skip
        rows = [
            {
                "plan": plan_id, "round_number": one.number, "set_number": index, "planned_on": one.planned_on,
                "from_unit": ring[corner_of(index, one.number - 1, len(ring))].id,
                "to_unit": ring[corner_of(index, one.number, len(ring))].id,
            }
            for one in rounds
            for index in range(len(ring))
        ]  # fmt: skip
        for start in range(0, len(rows), 100):
            RotationShift.insert_many(rows[start : start + 100]).execute()
        follow_plan(plan_id)
        record_audit(
            actor, "rotation.plan", "rotation_plan", plan_id, None,
            {"count": len(ring), "starts_on": str(starts_on), "ends_on": str(rounds[-1].planned_on)},
        )  # fmt: skip
        return plan_id


def move_round(plan_id: int, number: int, planned_on: date, *, actor: Actor) -> None:
    """Another day for a round that is not done; the rounds after it follow in the plan's rhythm.

    InvalidInput(`round_day_closed`, `round_day_order`); Conflict(`round_done`)."""
    with transaction():
        plan = get_plan_row(plan_id)
        shifts = _list_shifts(plan_id)
        mine = [shift for shift in shifts if shift.round_number == number]
        if not mine:
            raise NotFound("rotation_unknown")
        if mine[0].done_at is not None:
            raise Conflict("round_done")
        calendar = load_calendar()
        if not calendar.is_open(planned_on):
            raise InvalidInput("round_day_closed", field="planned_on")
        before = max((shift.planned_on for shift in shifts if shift.round_number < number), default=plan.starts_on)
        if planned_on <= before:
            raise InvalidInput("round_day_order", field="planned_on", before=before)
        last = max(shift.round_number for shift in shifts)
        until = last_day_of(as_year(plan.school_year))
        following = plan_rounds(planned_on, plan.weeks, until, calendar, last - number)
        days = {number: planned_on} | {number + one.number: one.planned_on for one in following}
        for round_number, day in days.items():
            RotationShift.update(planned_on=day).where(
                RotationShift.plan == plan_id, RotationShift.round_number == round_number
            ).execute()
        # Rounds that no longer fit into the year are not done at all.
        RotationShift.delete().where(
            RotationShift.plan == plan_id, RotationShift.round_number > max(days), RotationShift.done_at.is_null()
        ).execute()
        follow_plan(plan_id)
        record_audit(
            actor, "rotation.move", "rotation_plan", plan_id, {"on": str(mine[0].planned_on)}, {"on": str(planned_on)}
        )


def do_round(plan_id: int, number: int, codes: Sequence[str], *, actor: Actor) -> RoundDone:
    """All sets of the ring move one corner on, in one transaction, each under its exchange document (L143).

    `codes`: what was scanned out of the boxes; without any, every copy that is not at home with a pupil moves.
    SetRefused for scanned copies of no corner of the ring; Refused(`unit_full`); Conflict(`round_done`,
    `round_order`); NotFound(`unit_unknown`) when a corner has been closed."""
    wanted = clean_list(codes)[0] if codes else []
    with transaction():
        get_plan_row(plan_id)
        shifts = _list_shifts(plan_id)
        mine = [shift for shift in shifts if shift.round_number == number]
        if not mine or mine[0].done_at is not None:
            raise Conflict("round_done")
        open_before = [shift.round_number for shift in shifts if shift.round_number < number and shift.done_at is None]
        if open_before:
            raise Conflict("round_order", number=min(open_before))
        units = {row.id: row for row in HoldingUnit.select().where(
            HoldingUnit.id.in_([shift.from_unit_id for shift in mine]), HoldingUnit.closed_on.is_null())}  # fmt: skip
        if len(units) < len(mine):
            raise NotFound("unit_unknown")
        inside = _copies_in(list(units))
        going = _choose(wanted, inside, units)
        for shift in mine:
            target = units[shift.to_unit_id]
            staying = len(inside[target.id]) - len(going[target.id])
            over = staying + len(going[shift.from_unit_id]) - capacity_of(target)
            if over > 0:
                raise Refused([make_reason("unit_full", unit=target.name, capacity=capacity_of(target), over=over)])
        done = [_shift(shift, going[shift.from_unit_id], units, actor) for shift in mine if going[shift.from_unit_id]]
        RotationShift.update(done_at=now()).where(
            RotationShift.plan == plan_id, RotationShift.round_number == number
        ).execute()
        follow_plan(plan_id)
        moved = {copy.id for copies in going.values() for copy in copies}
        stayed = tuple(
            (units[unit_id].name, copy.barcode, copy.title)
            for unit_id, copies in inside.items()
            for copy in copies
            if copy.id not in moved
        )
        record_audit(
            actor, "rotation.do", "rotation_plan", plan_id, None,
            {"round": number, "count": len(moved), "missing": len(stayed)},
        )  # fmt: skip
        return RoundDone(shifts=tuple(done), stayed=stayed)


def follow_plan(plan_id: int, ring: Collection[int] = ()) -> None:
    """L214: the corners of a ring expect their next set on the day of its next round; after the last round they keep
    theirs until the summer return, on an open day (L36). What is lent inside follows the set (L137). `ring`: its
    corners, where no round may be left to name them."""
    shifts = _list_shifts(plan_id)
    due_on = min((shift.planned_on for shift in shifts if shift.done_at is None), default=None)
    if due_on is None:
        last = last_day_of(as_year(RotationPlan.get_by_id(plan_id).school_year))
        due_on = load_calendar().last_open(last, today()) or last
    ring = {*ring, *(shift.from_unit_id for shift in shifts)}
    HoldingUnit.update(due_on=due_on).where(HoldingUnit.id.in_(ring), HoldingUnit.closed_on.is_null()).execute()
    follow_set(ring, due_on)


def _copies_in(unit_ids: list[int]) -> dict[int, list[SetCopy]]:
    rows = Placement.select(Placement.copy).where(Placement.unit.in_(unit_ids), Placement.removed_at.is_null())
    inside: dict[int, list[SetCopy]] = {unit_id: [] for unit_id in unit_ids}
    for copy in load_copies_by_id([copy_id for (copy_id,) in rows.tuples()]):
        assert copy.unit_id is not None
        inside[copy.unit_id].append(copy)
    return inside


def _choose(
    wanted: list[str], inside: dict[int, list[SetCopy]], units: dict[int, HoldingUnit]
) -> dict[int, list[SetCopy]]:
    """Corner -> what leaves it: what was scanned, or everything that is there."""
    if not wanted:
        return {unit_id: [copy for copy in copies if copy.loan_id is None] for unit_id, copies in inside.items()}
    found = load_copies(wanted)
    problems = []
    for code in wanted:
        if code not in found:
            problems.append(SetProblem(barcode=code, title="", reason=unknown_copy(code)))
        elif found[code].unit_id not in units:
            reason = why_not_in("các góc lớp của vòng này", code, found[code])
            problems.append(SetProblem(barcode=code, title=found[code].title, reason=reason))
    if problems:
        raise SetRefused(problems)
    seen = {found[code].id for code in wanted}
    return {unit_id: [copy for copy in copies if copy.id in seen] for unit_id, copies in inside.items()}


def _shift(shift: RotationShift, copies: list[SetCopy], units: dict[int, HoldingUnit], actor: Actor) -> ShiftDone:
    source, target = units[shift.from_unit_id], units[shift.to_unit_id]
    note = f"Luân chuyển vòng {shift.round_number}, từ {source.name}"
    document = move_set(source, target, copies, actor=actor, note=note, comment=note)
    RotationShift.update(hand_over=document.id).where(RotationShift.id == shift.id).execute()
    return ShiftDone(
        hand_over_id=document.id, number=document.number, from_name=source.name, to_name=target.name, moved=len(copies)
    )


def end_plan(plan_id: int, *, actor: Actor) -> None:
    """No more rounds of this plan; what was done stays."""
    with transaction():
        get_plan_row(plan_id)
        RotationPlan.update(ended_at=now()).where(RotationPlan.id == plan_id).execute()
        record_audit(actor, "rotation.end", "rotation_plan", plan_id)


def get_plan_row(plan_id: int) -> RotationPlan:
    """A plan that goes on. NotFound(`rotation_unknown`)."""
    plan: RotationPlan | None = RotationPlan.get_or_none((RotationPlan.id == plan_id) & RotationPlan.ended_at.is_null())
    if plan is None:
        raise NotFound("rotation_unknown")
    return plan


def last_day_of(year: Year) -> date:
    """L142: the sets are back in the library by the last day for returns before the summer."""
    return min(year.ends_on, summer_return_of(load_policy(year.starts_on), year))


def _list_shifts(plan_id: int) -> list[RotationShift]:
    return list(
        RotationShift.select()
        .where(RotationShift.plan == plan_id)
        .order_by(RotationShift.round_number, RotationShift.set_number)
    )
