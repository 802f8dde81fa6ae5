"""What the use cases of lending share and write: the day of an act, the rows of a loan, a copy's state, events.

Nothing here decides and nothing opens a transaction: the caller has decided (rules.py) and stands in one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from library.cataloguing.tables import Copy
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import local_date, now
from library.foundation.database import read_once
from library.foundation.schoolyear import Calendar, label_for
from library.lending import charges, holds
from library.lending.desk_facts import CopyAtDesk, ReaderAtDesk
from library.lending.due_dates import suspension_end
from library.lending.model import Policy, Purpose
from library.lending.rows import PreparedInsert
from library.lending.settings_reader import find_year_row, load_open_days, policy_in
from library.lending.tables import Loan, LoanEvent
from library.readers.tables import ReaderBlock

_NEW_LOAN = PreparedInsert(Loan)


@dataclass(frozen=True, slots=True)
class LendingDay:
    """What every decision of one act shares: when it happened and what the school has decided."""

    at: datetime
    on: date
    policy: Policy
    calendar: Calendar
    year_id: int | None
    school_year: str


def lending_day(occurred_at: datetime | None = None) -> LendingDay:
    """`occurred_at` in the future counts as now (L67)."""
    moment = now()
    at = moment if occurred_at is None or occurred_at > moment else occurred_at
    on = local_date(at)
    policy, calendar, year_id, school_year = read_once(("lending day", on), lambda: _rules_of(on))
    return LendingDay(at=at, on=on, policy=policy, calendar=calendar, year_id=year_id, school_year=school_year)


def _rules_of(on: date) -> tuple[Policy, Calendar, int | None, str]:
    year = find_year_row(on)
    label = label_for(on) if year is None else year.label
    return policy_in(year), load_open_days(), None if year is None else year.id, label


def insert_loan(
    day: LendingDay,
    reader: ReaderAtDesk,
    copy: CopyAtDesk,
    due_on: date,
    actor: Actor,
    channel: str,
    *,
    purpose: str = Purpose.HOME,
    unit_id: int | None = None,
    act_key: str | None = None,
    overrides: tuple[str, ...] = (),
    comment: str | None = None,
    audit_comment: str | None = None,
) -> int:
    """The rows of a loan that has been decided: loan, found copy, filled hold, audit. Returns its id.
    `audit_comment`: where the log says something else than the loan."""
    loan_id: int = _NEW_LOAN.add(
        copy=copy.id,
        reader=reader.id,
        purpose=purpose,
        channel=channel,
        unit=unit_id,
        loaned_at=day.at,
        loaned_on=day.on,
        due_on=due_on,
        first_due_on=due_on,
        device=actor.id if actor.kind == "device" else None,
        staff_name=actor.name if actor.kind == "staff" else None,
        reader_kind=reader.kind,
        grade=reader.facts.grade,
        class_name=reader.class_name,
        school_year=reader.class_year or day.school_year,
        material=copy.facts.material,
        collection=copy.facts.collection,
        act_key=act_key,
        overrides=list(overrides) or None,
        comment=comment,
    )
    after: dict[str, Any] = {"copy": copy.barcode, "reader": reader.id, "due_on": str(due_on)}
    if copy.facts.status in ("missing", "lost"):  # L19
        set_status(copy.id, "in_service", day.at)
        after["found"] = copy.facts.status
        if copy.facts.status == "lost" and (dissolved := charges.dissolve(copy.id, actor)[0]) is not None:  # L47
            after["dissolved"] = dissolved
    if copy.open_holds:
        filled = holds.fill(reader.id, copy.record_id, copy.id, day.on)  # L74
        if filled is not None:
            after["hold"] = filled
    if copy.ready_hold_id is not None and copy.facts.ready_for != reader.id:
        holds.put_back_in_queue(copy.ready_hold_id)
    if overrides:
        after["overrides"] = list(overrides)
    record_audit(actor, "loan.check_out", "loan", loan_id, None, after, audit_comment or comment)
    return loan_id


def note_read_here(day: LendingDay, copy: CopyAtDesk, actor: Actor) -> int:
    """L98: somebody had it on a table; who, nobody knows. Begun and ended now, outside every loan figure."""
    loan_id: int = _NEW_LOAN.add(
        copy=copy.id, purpose=Purpose.IN_LIBRARY.value, channel="desk", loaned_at=day.at, loaned_on=day.on,
        due_on=day.on, first_due_on=day.on, returned_at=day.at, returned_on=day.on, return_channel="desk",
        overdue_days=0, ended_as="returned", staff_name=actor.name if actor.kind == "staff" else None,
        reader_kind="other", school_year=day.school_year, material=copy.facts.material,
        collection=copy.facts.collection,
    )  # fmt: skip
    return loan_id


def set_status(copy_id: int, status: str, at: datetime) -> None:
    """A copy's state of service; callers write the audit row. Whoever it was kept for waits again, at the
    place they had in the queue."""
    Copy.update(status=status, status_changed_at=at).where(Copy.id == copy_id).execute()
    if status != "in_service":
        holds.release_copy(copy_id)


def suspend(day: LendingDay, reader_id: int, days: int, after: dict[str, Any]) -> date:
    """L41, L42: one suspension a reader, lengthened when there is one already."""
    block = (
        ReaderBlock.select()
        .where(
            ReaderBlock.reader == reader_id,
            ReaderBlock.kind == "suspension",
            ReaderBlock.lifted_at.is_null(),
            ReaderBlock.ends_on >= day.on,
        )
        .first()
    )
    ends_on = suspension_end(day.on, days, block.ends_on if block else None, day.policy)
    if block is not None:
        after["suspension_before"] = str(block.ends_on)
        ReaderBlock.update(ends_on=ends_on).where(ReaderBlock.id == block.id).execute()
        after["suspension"] = block.id
    else:
        # Starts today: a book that is late today blocks from today on.
        after["suspension"] = ReaderBlock.insert(
            reader=reader_id, kind="suspension", starts_on=day.on, ends_on=ends_on,
            reason="trả sách trễ hạn", created_at=day.at,
        ).execute()  # fmt: skip
    return ends_on


def add_event(
    loan_id: int, kind: str, at: datetime, actor: Actor, before: date | None, after: date | None,
    comment: str | None = None,
) -> None:  # fmt: skip
    """One line in the life of a loan."""
    LoanEvent.insert(
        loan=loan_id, kind=kind, at=at, due_before=before, due_after=after, actor_name=actor.name, comment=comment
    ).execute()
