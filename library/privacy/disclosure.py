"""Everything the library keeps about one person, for that person: a page to print, or one JSON file (L167).

COVERED names the tables that point at a reader and what tells of them in good words; a table added later is told
of all the same, under `also`, with its columns as they are. Next: anonymising.py (forgetting it).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from catalog_imports.tables import ImportBatch, ImportItem
from library.cataloguing.model import shown_title
from library.cataloguing.tables import Copy, Record
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import iso_instant, now
from library.foundation.database import transaction
from library.foundation.preferences import get_preference
from library.foundation.schema import list_models
from library.foundation.tables import AuditEntry, SchoolYear
from library.lending.tables import Charge, Hold, HoldingUnit, LessonBooking, Loan, ShelfStop, UnitUse, Visit
from library.notices.tables import MailMessage
from library.promotion.tables import ReadingPeriod
from library.readers.service import get_reader_row
from library.readers.tables import Card, Department, Enrolment, Reader, ReaderBlock, ReaderConsent, SchoolClass
from library.textbooks.tables import TextbookOwner
from library.year_end.tables import YearMoveLine

MOST_AUDIT = 500
# table.column -> key of the disclosure that tells of it
COVERED: dict[str, str] = {
    "card.reader": "cards",
    "enrolment.reader": "classes",
    "reader_block.reader": "blocks",
    "reader_consent.reader": "consents",
    "reader.merged_into": "merged_from",
    "loan.reader": "loans",
    "charge.reader": "charges",
    "hold.reader": "holds",
    "visit.reader": "visits",
    "visit.teacher": "classes_brought",
    "unit_use.reader": "corner_reading",
    "holding_unit.responsible": "in_charge_of",
    "holding_unit.helper": "helps_with",
    "shelf_stop.responsible": "shelf_stops",
    "school_class.homeroom_teacher": "homeroom_of",
    "reading_period.teacher": "reading_periods",
    "lesson_booking.teacher": "lessons",
    "mail_message.reader": "mails",
    "year_move_line.reader": "year_moves",
    "textbook_owner.reader": "own_textbooks",
}


def disclose(reader_id: int, actor: Actor, *, form: str) -> dict[str, Any]:
    """All of it as plain JSON values; the audit keeps who asked for it and in which form (page | file).

    NotFound reader_missing.
    """
    with transaction():
        get_reader_row(reader_id)
        record_audit(actor, "reader.disclose", "reader", reader_id, None, {"form": form})
        return _collect(reader_id)


def _collect(reader_id: int) -> dict[str, Any]:
    row = Reader.get_by_id(reader_id)
    department = Department.get_or_none(Department.id == row.department_id) if row.department_id else None
    return {
        "made_at": iso_instant(now()),
        "school": get_preference("school_name"),
        "kept_for_days": get_preference("history_days"),
        "reader": {
            "id": row.id, "kind": row.kind, "full_name": row.full_name, "education_id": row.education_id,
            "local_code": row.local_code, "born_on": _plain(row.born_on), "gender": row.gender,
            "department": department.name if department else None, "post": row.post, "email": row.email,
            "status": row.status, "leaves_on": _plain(row.leaves_on), "note": row.note,
            "created_at": _plain(row.created_at), "updated_at": _plain(row.updated_at),
            "anonymised_at": _plain(row.anonymised_at),
        },
        "cards": _rows(Card.select(Card.number, Card.status, Card.issued_at, Card.ended_at, Card.printed_at)
                       .where(Card.reader == reader_id).order_by(Card.id)),
        "classes": _rows(
            Enrolment.select(SchoolYear.label.alias("school_year"), SchoolClass.name.alias("class"),
                             Enrolment.started_on, Enrolment.ended_on, Enrolment.outcome)
            .join(SchoolClass).switch(Enrolment).join(SchoolYear)
            .where(Enrolment.reader == reader_id).order_by(Enrolment.started_on)),
        "blocks": _rows(ReaderBlock.select(ReaderBlock.kind, ReaderBlock.starts_on, ReaderBlock.ends_on,
                                           ReaderBlock.reason, ReaderBlock.lifted_at)
                        .where(ReaderBlock.reader == reader_id)),
        "consents": _rows(ReaderConsent.select(ReaderConsent.id, ReaderConsent.about, ReaderConsent.given_by,
                                               ReaderConsent.given_on, ReaderConsent.withdrawn_on, ReaderConsent.note)
                          .where(ReaderConsent.reader == reader_id).order_by(ReaderConsent.id)),
        "merged_from": _rows(Reader.select(Reader.id, Reader.full_name).where(Reader.merged_into == reader_id)),
        "loans": _rows(
            Loan.select(Record.title, Record.part, Copy.accession_number, Loan.purpose, Loan.loaned_on,
                        Loan.due_on, Loan.renewals, Loan.returned_on, Loan.ended_as, Loan.overdue_days,
                        Loan.class_name, Loan.comment)
            .join(Copy).join(Record).where(Loan.reader == reader_id).order_by(Loan.loaned_at.desc())),
        "charges": _rows(
            Charge.select(Record.title, Record.part, Charge.kind, Charge.amount, Charge.made_on, Charge.settled_at,
                          Charge.settled_as, Charge.settled_amount, Charge.comment)
            .join(Copy, on=(Copy.id == Charge.copy)).join(Record).where(Charge.reader == reader_id)),
        "holds": _rows(Hold.select(Record.title, Record.part, Hold.status, Hold.placed_at, Hold.ended_at, Hold.note)
                       .join(Record).where(Hold.reader == reader_id).order_by(Hold.id.desc())),
        "visits": _rows(Visit.select(Visit.visited_at, Visit.purpose, Visit.source)
                        .where(Visit.reader == reader_id).order_by(Visit.visited_at.desc())),
        "classes_brought": _rows(Visit.select(Visit.visited_on, Visit.period, Visit.people)
                                 .where(Visit.teacher == reader_id).order_by(Visit.visited_on.desc())),
        "corner_reading": _rows(UnitUse.select(UnitUse.used_on, UnitUse.kind, UnitUse.count)
                                .where(UnitUse.reader == reader_id)),
        "in_charge_of": _units(HoldingUnit.responsible == reader_id),
        "helps_with": _units(HoldingUnit.helper == reader_id),
        "shelf_stops": _rows(ShelfStop.select(ShelfStop.place, ShelfStop.planned_from_on, ShelfStop.planned_until_on)
                             .where(ShelfStop.responsible == reader_id)),
        "homeroom_of": _rows(SchoolClass.select(SchoolYear.label.alias("school_year"), SchoolClass.name)
                             .join(SchoolYear).where(SchoolClass.homeroom_teacher == reader_id)),
        "reading_periods": _rows(ReadingPeriod.select(ReadingPeriod.held_on, ReadingPeriod.kind, ReadingPeriod.content)
                                 .where(ReadingPeriod.teacher == reader_id).order_by(ReadingPeriod.held_on.desc())),
        "lessons": _rows(
            LessonBooking.select(LessonBooking.lesson_on, LessonBooking.subject, LessonBooking.equipment,
                                 LessonBooking.note, LessonBooking.status)
            .where(LessonBooking.teacher == reader_id).order_by(LessonBooking.lesson_on.desc())),
        "mails": _rows(MailMessage.select(MailMessage.to_address, MailMessage.subject, MailMessage.created_at,
                                          MailMessage.sent_at).where(MailMessage.reader == reader_id)),
        "year_moves": _rows(YearMoveLine.select(YearMoveLine.outcome).where(YearMoveLine.reader == reader_id)),
        "own_textbooks": _rows(TextbookOwner.select(SchoolYear.label.alias("school_year")).join(SchoolYear)
                               .where(TextbookOwner.reader == reader_id)),
        "also": _also(reader_id),
        "imported_from": _rows(
            ImportItem.select(ImportBatch.number, ImportBatch.source, ImportBatch.started_at, ImportItem.outcome)
            .join(ImportBatch).where(ImportItem.subject_kind == "reader", ImportItem.subject_id == reader_id)),
        "changes": _rows(
            AuditEntry.select(AuditEntry.at, AuditEntry.actor_name, AuditEntry.action, AuditEntry.before,
                              AuditEntry.after)
            .where(AuditEntry.subject_kind == "reader", AuditEntry.subject_id == str(reader_id))
            .order_by(AuditEntry.id.desc()).limit(MOST_AUDIT)),
    }  # fmt: skip


def list_pointing() -> dict[str, tuple[Any, Any]]:
    """ "table.column" -> (model, field) of every column of the house that points at a reader."""
    return {
        f"{model._meta.table_name}.{field.name}": (model, field)
        for model in list_models()
        for field in model._meta.refs
        if field.rel_model is Reader
    }


def _also(reader_id: int) -> dict[str, list[dict[str, Any]]]:
    """Rows of tables nobody has given words to yet: nothing about a person is left out."""
    found = {}
    for key, (model, field) in list_pointing().items():
        if key in COVERED:
            continue
        rows = [
            {column: _plain(value) for column, value in row.items()}
            for row in model.select().where(field == reader_id).dicts()
        ]
        if rows:
            found[key] = rows
    return found


def _units(condition: Any) -> list[dict[str, Any]]:
    return _rows(
        HoldingUnit.select(HoldingUnit.name, HoldingUnit.opened_on, HoldingUnit.closed_on).where(condition)
    )


def _rows(query: Any) -> list[dict[str, Any]]:
    rows = []
    for row in query.dicts():
        if "part" in row:
            row["title"] = shown_title(row["title"], row.pop("part"))
        rows.append({key: _plain(value) for key, value in row.items()})
    return rows


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso_instant(value)
    return value.isoformat() if isinstance(value, date) else value
