"""Reads for the home page and the audit log, across features. Never commits."""

from __future__ import annotations

from datetime import date, timedelta

import peewee as pw

from catalog_imports.tables import ImportBatch
from library.foundation import clock
from library.foundation.tables import AuditEntry
from library.lending.tables import Charge, Hold, HoldingUnit, KioskConflict, Loan, Visit
from library.reporting.tables import MonthlyReport
from library.school.model import AuditRow, DayFigures, OverdueClass

AUDIT_PAGE = 100
MOST_OWN = 1000
"""So many loans of one reader are looked up in the log, the newest."""


def day_figures(day: date) -> DayFigures:
    """Loans made, copies returned and readers counted on one day."""
    return DayFigures(
        day=day,
        loans=Loan.select().where(Loan.loaned_on == day, _not_undone()).count(),
        returns=Loan.select().where(Loan.returned_on == day, Loan.ended_as == "returned").count(),
        visits=Visit.select(pw.fn.COALESCE(pw.fn.SUM(Visit.people), 0)).where(Visit.visited_on == day).scalar(),
    )


def _not_undone() -> pw.Expression:
    """A loan that was taken back as a mistake (lending rule L68) counts nowhere."""
    return Loan.ended_as.is_null() | (Loan.ended_as != "corrected")


def loans_by_day(until: date, days: int = 14) -> list[tuple[date, int]]:
    """Loans made on each of the last `days` days, quiet days included."""
    first = until - timedelta(days=days - 1)
    counted = dict(
        Loan.select(Loan.loaned_on, pw.fn.COUNT(Loan.id))
        .where(Loan.loaned_on.between(first, until), _not_undone())
        .group_by(Loan.loaned_on)
        .tuples()
    )
    return [(first + timedelta(days=n), counted.get(first + timedelta(days=n), 0)) for n in range(days)]


def overdue_by_class(today: date) -> list[OverdueClass]:
    """Open loans past their due date, by the class of the day they were lent; teachers and others apart."""
    rows = (
        Loan.select(
            Loan.reader_kind, Loan.class_name, pw.fn.COUNT(Loan.id), pw.fn.COUNT(pw.fn.DISTINCT(Loan.reader))
        )
        .where(Loan.returned_at.is_null(), Loan.due_on < today)
        .group_by(Loan.reader_kind, Loan.class_name)
        .tuples()
    )
    others = {"teacher": "Giáo viên", "staff": "Nhân viên", "parent": "Phụ huynh", "other": "Bạn đọc khác"}
    found = [
        OverdueClass(name or others.get(kind, "Chưa xếp lớp"), loans, readers) for kind, name, loans, readers in rows
    ]
    return sorted(found, key=lambda row: (-row.loans, row.class_name))


def count_due(day: date) -> int:
    return Loan.select().where(Loan.returned_at.is_null(), Loan.due_on == day).count()


def count_conflicts() -> int:
    return KioskConflict.select().where(KioskConflict.resolved_at.is_null()).count()


def report_is_sent(year: int, month: int) -> bool:
    """The report of that month has gone out."""
    sent = MonthlyReport.select().where(
        MonthlyReport.year == year, MonthlyReport.month == month, MonthlyReport.status == "sent"
    )
    return bool(sent.exists())


def unfinished_imports() -> list[ImportBatch]:
    """Imports that stopped halfway, newest first."""
    return list(ImportBatch.select().where(ImportBatch.status == "running").order_by(ImportBatch.id.desc()))


def recent_refusals(since: date) -> list[ImportBatch]:
    """Finished imports since a day that kept something aside."""
    found = ImportBatch.select().where(
        ImportBatch.status == "done", ImportBatch.started_at >= clock.at_local(since)
    ).order_by(ImportBatch.id.desc())
    return [batch for batch in found if (batch.counts or {}).get("rejected")]


def corners_due(today: date) -> int:
    """Open class corners whose set was expected back before today."""
    return HoldingUnit.select().where(
        HoldingUnit.kind == "class_corner", HoldingUnit.closed_on.is_null(), HoldingUnit.due_on < today
    ).count()


def list_audit(
    before_id: int | None = None, subject_kind: str = "", actor: str = "", *, loan_id: int | None = None,
    reader_id: int | None = None,
) -> list[tuple[int, AuditRow]]:  # fmt: skip
    """The newest entries (or those before an id), at most AUDIT_PAGE, with their ids. `loan_id`, `reader_id`: only
    what was done to that loan, or to that reader and their loans, holds and debts."""
    query = AuditEntry.select().order_by(AuditEntry.id.desc()).limit(AUDIT_PAGE)
    if before_id is not None:
        query = query.where(AuditEntry.id < before_id)
    if subject_kind:
        query = query.where(AuditEntry.subject_kind == subject_kind)
    if actor:
        query = query.where(AuditEntry.actor_name == actor)
    if loan_id is not None:
        query = query.where(AuditEntry.subject_kind == "loan", AuditEntry.subject_id == str(loan_id))
    if reader_id is not None:
        about = (AuditEntry.subject_kind == "reader") & (AuditEntry.subject_id == str(reader_id))
        for kind, model in (("loan", Loan), ("hold", Hold), ("charge", Charge)):
            own = model.select(model.id).where(model.reader == reader_id).order_by(model.id.desc()).limit(MOST_OWN)
            numbers = [str(number) for (number,) in own.tuples()]
            about |= (AuditEntry.subject_kind == kind) & AuditEntry.subject_id.in_(numbers)
        query = query.where(about)
    return [
        (
            row.id,
            AuditRow(
                row.at, row.actor_name, row.action, row.subject_kind, row.subject_id, row.before, row.after, row.comment
            ),
        )
        for row in query
    ]


def list_actors() -> list[str]:
    return [name for (name,) in AuditEntry.select(AuditEntry.actor_name).distinct().tuples()]
