"""What goes on inside a unit: pupils reading there and borrowing among themselves, written down by the helper
on the phone page, or typed in from paper (L136–L141).

A loan inside is a `Loan` of purpose `unit`: the set stays where it is, and nothing is counted twice
(counting rule C8). Who may open the phone page: corner_passes.py.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from library.contract.scans import clean_scan
from library.foundation.audit import Actor, record_audit
from library.foundation.calendar import load_calendar
from library.foundation.clock import now, today
from library.foundation.database import require_transaction, transaction
from library.foundation.errors import InvalidInput, NotFound, Reason, Refused
from library.foundation.preferences import get_preference
from library.lending.desk_facts import CopyAtDesk, find_copy, find_reader
from library.lending.due_dates import last_day_for
from library.lending.loan_writing import insert_loan, lending_day
from library.lending.model import Channel, CheckoutFacts, Purpose, RefusedBy
from library.lending.rules import decide_checkout, make_reason, sort_reasons
from library.lending.tables import HoldingUnit, Loan, Placement, UnitUse
from library.lending.units.set_steps import get_open_unit, load_copies
from library.lending.units.shelf_stops import find_stop_on
from library.readers.tables import Enrolment, Reader

SAME_READING = timedelta(minutes=1)
"""The same book marked as read again so soon is a finger that tapped twice (L138)."""
UNDO_WITHIN = timedelta(minutes=15)
MOST_READS = 1_000
OLDEST_DAYS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class LentInside:
    """`back_on`: the day the helper tells the pupil; `due_on`: when the set, and so this book, is due."""

    loan_id: int
    title: str
    reader_id: int
    back_on: date
    due_on: date


def lend_inside(unit_id: int, copy_id: int, reader_id: int, *, actor: Actor) -> LentInside:
    """A pupil of the class takes a book of the corner home (L136, L137). Refused with every reason."""
    with transaction():
        unit = get_open_unit(unit_id)
        day = lending_day()
        reader = find_reader(reader_id=reader_id, year_id=day.year_id, today=day.on)
        copy = find_copy(copy_id=copy_id)
        facts = CheckoutFacts(
            card=str(reader_id), barcode=copy.barcode if copy else str(copy_id),
            reader=reader.facts if reader else None, copy=copy.facts if copy else None,
            purpose=Purpose.UNIT, at_unit=unit_id,
        )  # fmt: skip
        decision = decide_checkout(facts, day.policy, day.calendar, day.on)
        reasons = list(decision.reasons) if isinstance(decision, RefusedBy) else []
        reasons += _inner_reasons(unit, copy, reader_id)
        if reasons:
            raise Refused(sort_reasons(reasons))
        assert reader is not None and copy is not None
        back_on = back_day(day.on)
        due_on = max(unit.due_on or back_on, back_on)
        leaves_on = reader.facts.leaves_on
        if leaves_on is not None and due_on > leaves_on:  # L38
            due_on = last_day_for(leaves_on, day.on, day.calendar) or due_on
            back_on = min(back_on, due_on)
        loan_id = insert_loan(
            day, reader, copy, due_on, actor, Channel.UNIT, purpose=Purpose.UNIT, unit_id=unit_id
        )
        return LentInside(loan_id=loan_id, title=copy.title, reader_id=reader_id, back_on=back_on, due_on=due_on)


def follow_set(unit_ids: Collection[int], due_on: date) -> None:
    """L137: what is lent inside is due with its set, when that comes later; who is served no longer by then keeps
    the own day (L234). Inside a transaction; the caller writes the audit row of the set."""
    require_transaction()
    leavers = Reader.select(Reader.id).where(Reader.leaves_on < due_on)
    Loan.update(due_on=due_on).where(
        Loan.unit.in_(list(unit_ids)), Loan.purpose == Purpose.UNIT.value, Loan.returned_at.is_null(),
        Loan.due_on < due_on, Loan.reader.not_in(leavers),
    ).execute()  # fmt: skip


def _inner_reasons(unit: HoldingUnit, copy: CopyAtDesk | None, reader_id: int) -> list[Reason]:
    """L136: only a copy of this corner, only to a pupil of its class, only so many at a time."""
    reasons = []
    if copy is not None and copy.facts.unit is None:
        reasons.append(make_reason("not_in_unit", unit=unit.name, barcode=copy.barcode))
    member = Enrolment.select().where(
        Enrolment.reader == reader_id, Enrolment.school_class == unit.school_class_id, Enrolment.ended_on.is_null()
    )
    if not member.exists():
        reasons.append(make_reason("not_of_class", unit=unit.name))
    limit = get_preference("corner_loans_pupil")
    has = Loan.select().where(
        Loan.reader == reader_id, Loan.unit == unit.id, Loan.purpose == Purpose.UNIT.value, Loan.returned_at.is_null()
    ).count()  # fmt: skip
    if has >= limit:
        reasons.append(make_reason("corner_loan_limit", count=has, limit=limit))
    return reasons


def back_day(lent_on: date) -> date:
    """L137: so many days after lending, on an open day; the plain day when the calendar has none."""
    day = lent_on + timedelta(days=get_preference("corner_loan_days"))
    return load_calendar().next_open(day) or day


def return_inside(unit_id: int, copy_id: int, *, actor: Actor) -> str:
    """The book is back in the corner; the set stays as it is. Returns its title. NotFound(`loan_unknown`)."""
    with transaction():
        get_open_unit(unit_id)
        loan = Loan.get_or_none(
            (Loan.copy == copy_id) & (Loan.unit == unit_id) & (Loan.purpose == "unit") & Loan.returned_at.is_null()
        )
        copy = find_copy(copy_id=copy_id)
        if loan is None or copy is None:
            raise NotFound("loan_unknown")
        day = lending_day()
        late = max((day.on - loan.due_on).days, 0)
        Loan.update(
            returned_at=day.at, returned_on=day.on, return_channel=Channel.UNIT.value, overdue_days=late,
            ended_as="returned",
        ).where(Loan.id == loan.id).execute()  # fmt: skip
        record_audit(actor, "loan.check_in", "loan", loan.id, None, {"copy": copy.barcode})
        return copy.title


# --- reading --------------------------------------------------------------------------------------


def log_use(
    unit_id: int,
    *,
    actor: Actor,
    count: int = 1,
    used_on: date | None = None,
    kind: str = "read",
    barcode: str | None = None,
    stop_id: int | None = None,
) -> int:
    """Reading inside a unit as the helper wrote it down: one copy, or a count of a day. At a mobile shelf it
    belongs to the stop the shelf is at (L149). Returns the id; InvalidInput(`day_in_future`, `use_bad`)."""
    day = _check_day(used_on)
    if not 1 <= count <= MOST_READS or kind not in ("read", "borrowed"):
        raise InvalidInput("use_bad", field="count")
    with transaction():
        unit = get_open_unit(unit_id)
        copy_id = None
        if barcode:
            copy = load_copies([clean_scan(barcode)]).get(clean_scan(barcode))
            if copy is None or copy.unit_id != unit_id:
                raise Refused([make_reason("not_in_unit", unit=unit.name, barcode=barcode)])
            copy_id = copy.id
        use_id: int = UnitUse.insert(
            unit=unit_id, stop=stop_id or _stop_now(unit, day), used_on=day, copy=copy_id, count=count, kind=kind,
            created_at=now(),
        ).execute()  # fmt: skip
        record_audit(actor, "unit.use", "holding_unit", unit_id, None, {"count": count, "on": str(day)})
        return use_id


def log_reading(unit_id: int, copy_id: int, *, actor: Actor) -> int:
    """One reading of one copy, today, from the phone page. A second tap within a minute is the same reading
    (L138). Returns the id. Refused(`not_in_unit`)."""
    with transaction():
        unit = get_open_unit(unit_id)
        copy = find_copy(copy_id=copy_id)
        if copy is None or copy.unit_id != unit_id:
            raise Refused([make_reason("not_in_unit", unit=unit.name, barcode=copy.barcode if copy else copy_id)])
        newest = (
            UnitUse.select()
            .where(UnitUse.unit == unit_id, UnitUse.copy == copy_id, UnitUse.created_at > now() - SAME_READING)
            .first()
        )
        if newest is not None:
            return int(newest.id)
        return log_use(unit_id, actor=actor, barcode=copy.barcode)


def undo_reading(unit_id: int, use_id: int, *, actor: Actor) -> None:
    """Take a reading back that was written down by mistake a moment ago. NotFound(`use_gone`) later than that."""
    with transaction():
        row = UnitUse.get_or_none(
            (UnitUse.id == use_id) & (UnitUse.unit == unit_id) & (UnitUse.created_at > now() - UNDO_WITHIN)
        )
        if row is None:
            raise NotFound("use_gone")
        UnitUse.delete().where(UnitUse.id == use_id).execute()
        record_audit(actor, "unit.use_undo", "holding_unit", unit_id, {"count": row.count, "on": str(row.used_on)})


def log_tally(unit_id: int, counts: Mapping[int, int], *, actor: Actor, used_on: date | None = None) -> int:
    """A filled tick sheet typed in: copy id -> times read on it (L141). Everything or nothing; returns the sum.

    InvalidInput(`use_bad`, `tally_empty`, `day_in_future`); Refused(`not_in_unit`) for a copy that left since."""
    day = _check_day(used_on)
    if any(not 0 <= count <= MOST_READS for count in counts.values()):
        raise InvalidInput("use_bad", field="count")
    ticked = {copy_id: count for copy_id, count in counts.items() if count}
    if not ticked:
        raise InvalidInput("tally_empty", field="count")
    with transaction():
        unit = get_open_unit(unit_id)
        # A copy that was here on the day of the sheet is right, though it has left since.
        been = Placement.select(Placement.copy).where(Placement.unit == unit_id, Placement.placed_on <= day)
        strangers = set(ticked) - {copy_id for (copy_id,) in been.tuples()}
        if strangers:
            raise Refused([make_reason("not_in_unit", unit=unit.name, barcode=str(min(strangers)))])
        stop_id, moment = _stop_now(unit, day), now()
        rows = [
            {"unit": unit_id, "stop": stop_id, "used_on": day, "copy": copy_id, "count": count, "created_at": moment}
            for copy_id, count in ticked.items()
        ]
        for start in range(0, len(rows), 100):
            UnitUse.insert_many(rows[start : start + 100]).execute()
        total = sum(ticked.values())
        record_audit(
            actor, "unit.tally", "holding_unit", unit_id, None, {"count": total, "titles": len(rows), "on": str(day)}
        )
        return total


def _check_day(used_on: date | None) -> date:
    day = used_on or today()
    if day > today():
        raise InvalidInput("day_in_future", field="used_on")
    if day < today() - timedelta(days=OLDEST_DAYS):
        raise InvalidInput("date_bad", field="used_on")
    return day


def _stop_now(unit: HoldingUnit, day: date) -> int | None:
    """L149: reading at a shelf belongs to the stop where it was that day."""
    return None if unit.kind == "class_corner" else find_stop_on(unit.id, day)
