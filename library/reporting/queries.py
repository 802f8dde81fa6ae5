"""The figures from SQL. A figure and the rows behind it share one condition, so they cannot disagree.

Each `_…` function below gives a query of facts for a window; figures are its GROUP BY, rows behind it are
its rows (rows.py). Rule numbers C1… are in docs/counting-rules.md. Never commits. Next: rows.py, service.py.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import peewee as pw

from library.cataloguing.model import WITHDRAWAL_REASONS
from library.cataloguing.tables import Acquisition, Copy, Record
from library.foundation.clock import at_local
from library.foundation.preferences import get_preference
from library.foundation.schoolyear import class_sort_key, label_for
from library.lending.tables import HandOver, HoldingUnit, Loan, Placement, UnitUse, Visit
from library.promotion import queries as promotion
from library.promotion.model import FORM_LABELS, SLOT_LABELS, Session, SessionStatus, Slot
from library.promotion.queries import list_reading_periods
from library.promotion.rules import decide_quota
from library.readers.tables import Enrolment, Reader, SchoolClass
from library.reporting import counting
from library.reporting.counting import GROUP_LABELS, Window, group_of, reader_row_of
from library.reporting.model import (
    MonthFigures,
    PeriodRow,
    ReaderRow,
    RotationRow,
    SessionLine,
    SupplyRow,
    Troubles,
)


def counted_loans(window: Window) -> pw.Expression:
    """C6–C8: loans made in the window, without those taken back as a mistake."""
    return Loan.loaned_on.between(window.from_on, window.until_on) & (
        Loan.ended_as.is_null() | (Loan.ended_as != counting.CORRECTED)
    )


def in_unit() -> pw.Expression:
    """C8: a loan inside a class corner or at a mobile shelf."""
    return (Loan.purpose == counting.IN_UNIT) | Loan.unit.is_null(False)


def counted_visits(window: Window) -> pw.Expression:
    """C5."""
    return Visit.visited_on.between(window.from_on, window.until_on)


def sent_out(window: Window) -> pw.Expression:
    """C8: copies handed over to a corner or shelf (query joined with HandOver)."""
    return Placement.placed_on.between(window.from_on, window.until_on) & HandOver.kind.in_(counting.SENT_KINDS)


def select_sent_out(window: Window, *columns: Any) -> Any:
    """These columns of the copies sent out (C8): of Placement, HandOver, HoldingUnit, Copy and Record."""
    return (
        Placement.select(*columns)
        .join(HandOver, on=Placement.placed_by)
        .switch(Placement)
        .join(HoldingUnit, on=Placement.unit)
        .switch(Placement)
        .join(Copy)
        .join(Record)
        .where(sent_out(window))
    )


def supplied(window: Window) -> pw.Expression:
    """C11: copies that came in on a voucher (query joined with Acquisition, left)."""
    return (
        Copy.received_on.between(window.from_on, window.until_on)
        & Acquisition.source.is_null(False)
        & (Acquisition.source != "retro")
    )


def declared_retro(window: Window) -> pw.Expression:
    """C11: copies of the old stock, written down now (query joined with Acquisition, left).

    Old stock came in whenever it came in; what belongs to this month is that it was entered in it.
    """
    first, after = _instants(window)
    return (
        (Copy.created_at >= first)
        & (Copy.created_at < after)
        & (Acquisition.source.is_null() | (Acquisition.source == "retro"))
    )


def held_on(day: date) -> pw.Expression:
    """C10: copies on the register on a day: received by then and not withdrawn by then."""
    return (Copy.received_on <= day) & (Copy.withdrawn_on.is_null() | (Copy.withdrawn_on > day))


def overdue_on(day: date) -> pw.Expression:
    """C13: loans open on that day whose due date was before it."""
    return (
        (Loan.loaned_on <= day)
        & (Loan.due_on < day)
        & (Loan.returned_on.is_null() | (Loan.returned_on > day))
        & (Loan.ended_as.is_null() | (Loan.ended_as != counting.CORRECTED))
    )


def withdrawn(window: Window) -> pw.Expression:
    """C14."""
    return Copy.withdrawn_on.between(window.from_on, window.until_on)


def _instants(window: Window) -> tuple[Any, Any]:
    return at_local(window.from_on), at_local(window.until_on + timedelta(days=1))


def lost_copy_ids(window: Window) -> set[int]:
    """C14: copies that became lost or missing in the window, or whose loan ended as lost in it; each once.
    What has been found again since is out."""
    first, after = _instants(window)
    by_status = Copy.select(Copy.id).where(
        Copy.status.in_(("lost", "missing")), Copy.status_changed_at >= first, Copy.status_changed_at < after
    )
    still_gone = Copy.status.in_(("lost", "missing", "withdrawn"))
    by_loan = (
        Loan.select(Loan.copy)
        .join(Copy)
        .where(Loan.ended_as == "lost", Loan.returned_on.between(window.from_on, window.until_on), still_gone)
    )
    by_unit = (
        Placement.select(Placement.copy)
        .join(Copy)
        .where(Placement.outcome == "lost", Placement.removed_at >= first, Placement.removed_at < after, still_gone)
    )
    return {row[0] for query in (by_status, by_loan, by_unit) for row in query.tuples()}


def damaged_copy_ids(window: Window) -> set[int]:
    """C14: copies sent to repair in the window, or that came back damaged from a corner or shelf; each once."""
    first, after = _instants(window)
    by_status = Copy.select(Copy.id).where(
        Copy.status == "repair", Copy.status_changed_at >= first, Copy.status_changed_at < after
    )
    by_unit = Placement.select(Placement.copy).where(
        Placement.outcome == "damaged", Placement.removed_at >= first, Placement.removed_at < after
    )
    return {row[0] for query in (by_status, by_unit) for row in query.tuples()}


def served_pupils(day: date) -> pw.ModelSelect:
    """C4: enrolments that hold on a day (joined with SchoolClass), one a pupil."""
    return (
        Enrolment.select()
        .join(SchoolClass)
        .switch(Enrolment)
        .join(Reader)
        .where(
            Enrolment.started_on <= day,
            Enrolment.ended_on.is_null() | (Enrolment.ended_on >= day),
            Reader.merged_into.is_null(),
            ((Reader.status == "active") & Reader.leaves_on.is_null()) | (Reader.leaves_on >= day),
        )
    )


def served_adults(day: date) -> pw.Expression:
    """C4: everybody who is no pupil and in service on a day."""
    return (
        (Reader.kind != "pupil")
        & Reader.merged_into.is_null()
        & (((Reader.status == "active") & Reader.leaves_on.is_null()) | (Reader.leaves_on >= day))
    )


def distinct_readers(window: Window) -> dict[int, str]:
    """C9: reader id -> the row they are counted on: where they stood at their last visit or loan in the window."""
    last: dict[int, tuple[date, str]] = {}
    loans = (
        Loan.select(Loan.reader, Loan.reader_kind, Loan.grade, pw.fn.MAX(Loan.loaned_on))
        .where(counted_loans(window), Loan.reader.is_null(False))
        .group_by(Loan.reader, Loan.reader_kind, Loan.grade)
    )
    visits = (
        Visit.select(Visit.reader, Visit.reader_kind, Visit.grade, pw.fn.MAX(Visit.visited_on))
        .where(counted_visits(window), Visit.reader.is_null(False))
        .group_by(Visit.reader, Visit.reader_kind, Visit.grade)
    )
    for query in (loans, visits):
        for reader_id, kind, grade, day in query.tuples():
            seen = (_as_date(day), reader_row_of(kind, grade))
            if reader_id not in last or last[reader_id] < seen:
                last[reader_id] = seen
    return {reader_id: row for reader_id, (_, row) in last.items()}


def _as_date(value: date | str) -> date:
    """MAX() of a date comes back as text from SQLite."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def count_month(window: Window, today: date) -> MonthFigures:
    """All figures of one window. `today` bounds what can have happened yet."""
    counted_until_on = min(window.until_on, today)
    supply, retro = _supply(window)
    held = promotion.list_sessions(window.from_on, window.until_on, statuses=(SessionStatus.HELD,))
    quota = decide_quota(held, window.year, window.month, get_preference("promotion_months"))
    return MonthFigures(
        year=window.year,
        month=window.month,
        school_year=label_for(date(window.year, window.month, 1)),
        mode=window.mode,
        from_on=window.from_on,
        until_on=window.until_on,
        counted_until_on=counted_until_on,
        supply=supply,
        retro_copies=retro,
        readers=_readers(window, counted_until_on),
        rotation=_rotation(window, counted_until_on),
        unit_reads=_unit_reads(window),
        sessions=tuple(_line(session) for session in held if session.slot is not Slot.OTHER),
        activities=tuple(_line(session) for session in held if session.slot is Slot.OTHER),
        quota_required=quota.required,
        theme_ok=quota.theme_ok,
        department_ok=quota.department_ok,
        periods=_periods(window),
        troubles=_troubles(window, counted_until_on),
    )


def _supply(window: Window) -> tuple[tuple[SupplyRow, ...], int]:
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows = (
        Copy.select(
            Record.material, Acquisition.source, Acquisition.funding,
            pw.fn.COUNT(Copy.id), pw.fn.COALESCE(pw.fn.SUM(Copy.price), 0),
        )
        .join(Record)
        .switch(Copy)
        .join(Acquisition, pw.JOIN.LEFT_OUTER)
        .where(supplied(window))
        .group_by(Record.material, Acquisition.source, Acquisition.funding)
        .tuples()
    )  # fmt: skip
    for material, source, funding, copies, money in rows:
        line = sums[group_of(material)]
        line["copies"] += copies
        if source == "donated":
            line["donated"] += copies
        else:
            line["budget" if funding == "budget" else "other_money"] += int(money)
    retro = Copy.select().join(Acquisition, pw.JOIN.LEFT_OUTER).where(declared_retro(window)).count()
    return tuple(SupplyRow(key, label, **sums[key]) for key, label in GROUP_LABELS.items()), retro


def _readers(window: Window, day: date) -> tuple[ReaderRow, ...]:
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for grade, count in (
        served_pupils(day)
        .select(SchoolClass.grade, pw.fn.COUNT(Enrolment.reader.distinct()))
        .group_by(SchoolClass.grade)
        .tuples()
    ):
        sums[reader_row_of("pupil", grade)]["served"] += count
    adults = Reader.select(Reader.kind, pw.fn.COUNT(Reader.id)).where(served_adults(day)).group_by(Reader.kind)
    for kind, count in adults.tuples():
        sums[reader_row_of(kind, None)]["served"] += count
    for row in distinct_readers(window).values():
        sums[row]["distinct"] += 1
    visits = (
        Visit.select(Visit.reader_kind, Visit.grade, pw.fn.SUM(Visit.people))
        .where(counted_visits(window))
        .group_by(Visit.reader_kind, Visit.grade)
    )
    for kind, grade, people in visits.tuples():
        sums[reader_row_of(kind, grade)]["visits"] += int(people)
    loans = (
        Loan.select(Loan.reader_kind, Loan.grade, Loan.purpose, pw.fn.COUNT(Loan.id))
        .where(counted_loans(window), ~in_unit())
        .group_by(Loan.reader_kind, Loan.grade, Loan.purpose)
    )
    for kind, grade, purpose, count in loans.tuples():
        sums[reader_row_of(kind, grade)][counting.loan_column(purpose, False)] += count
    pupil_rows = sorted(
        (key for key in sums if key.startswith("pupil_")), key=lambda key: (key == "pupil_unknown", _grade(key))
    )
    return tuple(ReaderRow(key, reader_label(key), **sums[key]) for key in (*pupil_rows, "teacher", "other"))


def _grade(key: str) -> int:
    text = key.removeprefix("pupil_")
    return int(text) if text.isdecimal() else 0


def reader_label(key: str) -> str:
    """The words of a row of II.1."""
    if key == "teacher":
        return "Giáo viên, nhân viên"
    if key == "other":
        return "Phụ huynh, khách"
    return "Học sinh chưa rõ khối" if key == "pupil_unknown" else f"Học sinh khối {_grade(key)}"


def _rotation(window: Window, day: date) -> tuple[RotationRow, ...]:
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    loans = (
        Loan.select(Loan.material, pw.fn.COUNT(Loan.id))
        .where(counted_loans(window), ~in_unit())
        .group_by(Loan.material)
    )
    for material, count in loans.tuples():
        sums[group_of(material)]["persons"] += count
    placements = select_sent_out(window, Record.material, HoldingUnit.kind, pw.fn.COUNT(Placement.id)).group_by(
        Record.material, HoldingUnit.kind
    )
    for material, kind, count in placements.tuples():
        sums[group_of(material)]["corners" if kind == counting.CORNER else "shelves"] += count
    stock = (
        Copy.select(Record.material, pw.fn.COUNT(Copy.id)).join(Record).where(held_on(day)).group_by(Record.material)
    )
    for material, count in stock.tuples():
        sums[group_of(material)]["stock"] += count
    return tuple(RotationRow(key, label, **sums[key]) for key, label in GROUP_LABELS.items())


def _unit_reads(window: Window) -> int:
    """C8: reading inside corners and at shelves: what helpers logged, and loans made there."""
    logged = UnitUse.select(pw.fn.COALESCE(pw.fn.SUM(UnitUse.count), 0)).where(
        UnitUse.used_on.between(window.from_on, window.until_on)
    )
    return int(logged.scalar() or 0) + Loan.select().where(counted_loans(window), in_unit()).count()


def _periods(window: Window) -> tuple[PeriodRow, ...]:
    """C16: by class."""
    counts: dict[str, list[int]] = defaultdict(list)
    for row in list_reading_periods(window.from_on, window.until_on):
        counts[row.class_name].append(row.pupils)
    lines = [PeriodRow(name, name, len(pupils), sum(pupils)) for name, pupils in counts.items()]
    return tuple(sorted(lines, key=lambda row: class_sort_key(row.key)))


def _troubles(window: Window, day: date) -> Troubles:
    reasons = (
        Copy.select(Copy.withdrawal_reason, pw.fn.COUNT(Copy.id))
        .where(withdrawn(window))
        .group_by(Copy.withdrawal_reason)
    )
    counts: dict[str, int] = defaultdict(int)
    for reason, count in reasons.tuples():
        counts[WITHDRAWAL_REASONS.get(reason or "", "Lý do khác")] += count
    return Troubles(
        overdue=Loan.select().where(overdue_on(day)).count(),
        lost=len(lost_copy_ids(window)),
        damaged=len(damaged_copy_ids(window)),
        withdrawn=sum(counts.values()),
        withdrawn_by_reason=tuple(sorted(counts.items())),
    )


def _line(session: Session) -> SessionLine:
    return SessionLine(
        session_id=session.id,
        held_on=session.held_on,
        slot=session.slot.value,
        slot_label=SLOT_LABELS[session.slot],
        subject=session.subject,
        form_label=FORM_LABELS[session.form],
        books=tuple(book.title for book in session.books),
        audience=session.audience,
        attendance=session.attendance,
    )
