"""A class that reads in the library: how many came, with which teacher, what was read; put right, or taken out.

Each copy scanned counts as read on the spot (C7) without any child's name (L165). Next: visits.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from library.contract.codes import register_errors
from library.contract.scans import clean_scan
from library.foundation.audit import Actor, record_audit
from library.foundation.database import require_transaction, transaction
from library.foundation.errors import InvalidInput, NotFound, Reason
from library.foundation.schoolyear import label_for
from library.foundation.vietnamese import nfc
from library.lending.desk_facts import CopyAtDesk, find_copy
from library.lending.rules import make_reason
from library.lending.scanned_codes import unknown_copy
from library.lending.set_problems import SetProblem, SetRefused
from library.lending.tables import Loan, Visit
from library.lending.visits import MOST_PERIODS, VISIT_PURPOSES, books_of, log_class_visit
from library.readers.tables import Reader, SchoolClass

MOST_BOOKS = 200
register_errors({"books_many": "Một lần ghi tối đa {limit} cuốn. Chia thành nhiều lần."})


def log_class_reading(
    class_id: int, people: int, barcodes: Sequence[str], *, actor: Actor, visited_on: date | None = None,
    period: int | None = None, teacher_id: int | None = None, purpose: str = "lesson", note: str = "",
    again: bool = False,
) -> int:  # fmt: skip
    """A class visit together with the books it read; all of it or nothing.

    SetRefused names every copy that cannot have been read here (unknown, on loan, withdrawn); errors as
    visits.log_class_visit.
    """
    with transaction():
        visit_id = log_class_visit(
            class_id, people, actor=actor, visited_on=visited_on, period=period, teacher_id=teacher_id,
            purpose=purpose, note=note, again=again,
        )  # fmt: skip
        add_books(visit_id, barcodes, actor=actor)
    return visit_id


def add_books(visit_id: int, barcodes: Sequence[str], *, actor: Actor) -> int:
    """Copies read during a class visit; one scanned twice counts once. Returns how many. Inside a transaction."""
    require_transaction()
    visit = Visit.get_by_id(visit_id)
    codes = list(dict.fromkeys(code for code in map(clean_scan, barcodes) if code))
    if len(codes) > MOST_BOOKS:
        raise InvalidInput("books_many", field="books", limit=MOST_BOOKS)
    found: list[CopyAtDesk] = []
    problems: list[SetProblem] = []
    for code in codes:
        copy = find_copy(barcode=code)
        reason = _why_not_read(code, copy)
        if reason is not None:
            problems.append(SetProblem(barcode=code, title=copy.title if copy else "", reason=reason))
        elif copy is not None:
            found.append(copy)
    if problems:
        raise SetRefused(problems)
    school_class = SchoolClass.get_by_id(visit.school_class_id)
    for number, copy in enumerate(found):
        Loan.insert(**_reading(visit, school_class, copy, f"visit:{visit_id}:{number}", actor)).execute()
    if found:
        record_audit(actor, "visit.books", "visit", visit_id, None, {"copies": [copy.barcode for copy in found]})
    return len(found)


def _why_not_read(code: str, copy: CopyAtDesk | None) -> Reason | None:
    """L165: what cannot have been read in the library."""
    if copy is None:
        return unknown_copy(code)
    if copy.facts.loan is not None:
        return make_reason("copy_on_loan", due_on=copy.facts.loan.due_on)
    return make_reason("copy_withdrawn", since=copy.facts.status_since) if copy.facts.status == "withdrawn" else None


def _reading(visit: Visit, school_class: SchoolClass, copy: CopyAtDesk, key: str, actor: Actor) -> dict[str, Any]:
    at: datetime = visit.visited_at
    day: date = visit.visited_on
    return {
        "copy": copy.id, "reader": None, "purpose": "in_library", "channel": "desk", "loaned_at": at, "loaned_on": day,
        "due_on": day, "first_due_on": day, "returned_at": at, "returned_on": day, "return_channel": "desk",
        "overdue_days": 0, "ended_as": "returned", "staff_name": actor.name if actor.kind == "staff" else None,
        "reader_kind": "pupil", "grade": school_class.grade, "class_name": school_class.name,
        "school_year": label_for(day), "material": copy.facts.material, "collection": copy.facts.collection,
        "act_key": key,
    }  # fmt: skip


def count_books(visit_ids: Sequence[int]) -> dict[int, int]:
    """Visit id -> copies read during it."""
    counts: dict[int, int] = {}
    for visit_id in visit_ids:
        count = Loan.select().where(books_of(visit_id)).count()
        if count:
            counts[visit_id] = count
    return counts


def correct_class_visit(
    visit_id: int, people: int, *, actor: Actor, period: int | None, teacher_id: int | None, purpose: str,
    note: str = "",
) -> None:  # fmt: skip
    """What was written down wrongly is put right; the audit keeps both. NotFound visit_unknown (also for a visit by
    card); InvalidInput names the field."""
    if not 1 <= people <= 200:
        raise InvalidInput("people_bad", field="people")
    if purpose not in VISIT_PURPOSES:
        raise InvalidInput("purpose_bad", field="purpose")
    if period is not None and not 1 <= period <= MOST_PERIODS:
        raise InvalidInput("period_number_bad", field="period")
    with transaction():
        row = Visit.get_or_none(Visit.id == visit_id, Visit.school_class.is_null(False))
        if row is None:
            raise NotFound("visit_unknown")
        if teacher_id is not None and Reader.get_or_none(Reader.id == teacher_id) is None:
            raise NotFound("reader_missing")
        after = {"people": people, "period": period, "teacher": teacher_id, "purpose": purpose, "note": nfc(note)[:200]}
        before = {"people": row.people, "period": row.period, "teacher": row.teacher_id, "purpose": row.purpose,
                  "note": row.note}  # fmt: skip
        changed = [key for key in after if before[key] != after[key]]
        if not changed:
            return
        Visit.update(**{key: after[key] for key in changed}).where(Visit.id == visit_id).execute()
        record_audit(
            actor, "visit.correct", "visit", visit_id, {key: before[key] for key in changed},
            {key: after[key] for key in changed},
        )  # fmt: skip
