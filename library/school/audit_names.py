"""What the audit log's numbers are numbers of: readers, books, loans, classes by the name they have now.

One question per kind of thing for a page of the log. Reads only; never commits. Next: audit_facts.py, words.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import peewee as pw

from library.access.tables import Device, StaffAccount
from library.cataloguing.model import shown_title
from library.cataloguing.tables import Collection, Copy, Record
from library.foundation.tables import AuditEntry, ClosedPeriod
from library.lending.rows import tuples_of
from library.lending.tables import (
    Charge,
    HandOver,
    Hold,
    HoldingUnit,
    LessonBooking,
    Loan,
    ShelfStop,
    Visit,
)
from library.lending.units.tables import RotationPlan
from library.notices.tables import MailMessage
from library.promotion.tables import PromotionSession, ReadingPeriod
from library.readers.tables import Department, Reader, ReaderBlock, SchoolClass
from library.reporting.tables import MonthlyReport
from library.school.audit_facts import MOST_SHOWN
from library.school.audit_fields import COUNTS, REFERENCES
from library.school.model import AuditRow
from library.stock.tables import Stocktake
from library.textbooks.tables import TextbookBatch
from library.web.i18n import format_date, format_instant

Found = Iterable[tuple[Any, str]]
_SAME = {"school_class": "class", "staff_account": "staff"}


def find_names(rows: Iterable[AuditRow]) -> dict[tuple[str, str], str]:
    """(kind, number as text) -> name, for the subjects and all references of these rows."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        wanted[_SAME.get(row.subject_kind, row.subject_kind)].add(row.subject_id)
        for facts in (row.before, row.after):
            for key, value in (facts or {}).items():
                if key == "merged":
                    wanted[row.subject_kind].add(str(value))
                elif key in REFERENCES and (isinstance(value, list) or key not in COUNTS or row.action == "loan.undo"):
                    wanted[REFERENCES[key]] |= {str(one) for one in _list(value)[:MOST_SHOWN]}
    return _look_up(wanted)


def name_subjects(subjects: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The same for things by kind and number."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for kind, number in subjects:
        wanted[kind].add(number)
    return _look_up(wanted)


def _look_up(wanted: dict[str, set[str]]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for kind, numbers in wanted.items():
        if kind in _FINDERS:
            ids = [int(number) for number in numbers if number.isascii() and number.isdecimal() and len(number) < 10]
            found |= {(kind, str(number)): name for number, name in _FINDERS[kind](ids)} if ids else {}
    found |= {("copy", barcode): name for barcode, name in _by_barcode(wanted.get("copy", set()))}
    for same, kind in _SAME.items():
        found |= {(same, number): name for (of, number), name in list(found.items()) if of == kind}
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _plain(model: type[pw.Model], field: pw.Field) -> Callable[[list[int]], Found]:
    """The finder of a thing that has a name of its own."""
    return lambda ids: tuples_of(model.select(model.id, field).where(model.id.in_(ids)))


def _book(title: str, part: str | None, barcode: str) -> str:
    return f"{shown_title(title, part)} ({barcode})"


def _readers(ids: list[int]) -> Found:
    for number, name in tuples_of(Reader.select(Reader.id, Reader.full_name).where(Reader.id.in_(ids))):
        yield number, name or "đã ẩn danh"


def _records(ids: list[int]) -> Found:
    query = Record.select(Record.id, Record.title, Record.part).where(Record.id.in_(ids))
    return ((number, shown_title(title, part)) for number, title, part in tuples_of(query))


def _copies(ids: list[int]) -> Found:
    query = Copy.select(Copy.id, Record.title, Record.part, Copy.barcode).join(Record).where(Copy.id.in_(ids))
    return ((number, _book(*book)) for number, *book in tuples_of(query))


def _by_barcode(codes: set[str]) -> Found:
    """Barcodes stand in the log as they are; the title is put before them."""
    written = [code for code in codes if not code.isdecimal()]
    if not written:
        return []
    query = Copy.select(Copy.barcode, Record.title, Record.part).join(Record).where(Copy.barcode.in_(written))
    return ((code, _book(title, part, code)) for code, title, part in tuples_of(query))


def _of_copy(model: type[pw.Model]) -> Callable[[list[int]], Found]:
    """The finder of a thing that is about one copy and one reader: loan, charge."""

    def find(ids: list[int]) -> Iterator[tuple[Any, str]]:
        query = (
            model.select(model.id, Reader.full_name, Record.title, Record.part, Copy.barcode)
            .join(Copy, on=model.copy == Copy.id)
            .join(Record)
            .join(Reader, pw.JOIN.LEFT_OUTER, on=model.reader == Reader.id)
            .where(model.id.in_(ids))
        )
        for number, reader, *book in tuples_of(query):
            yield number, _of(_book(*book), reader)

    return find


def _of(what: str, reader: str | None) -> str:
    """With whose it is, read from the loan itself: nothing of it is kept in the log, and what was made anonymous
    has no name here either (L150)."""
    return f"{what} – {reader}" if reader else what


def _holds(ids: list[int]) -> Found:
    query = (
        Hold.select(Hold.id, Record.title, Record.part, Reader.full_name)
        .join(Record)
        .switch(Hold)
        .join(Reader, pw.JOIN.LEFT_OUTER)
        .where(Hold.id.in_(ids))
    )
    return ((number, _of(shown_title(title, part), reader)) for number, title, part, reader in tuples_of(query))


def _visits(ids: list[int]) -> Found:
    query = (
        Visit.select(Visit.id, Visit.visited_on, SchoolClass.name)
        .join(SchoolClass, pw.JOIN.LEFT_OUTER)
        .where(Visit.id.in_(ids))
    )
    for number, day, class_name in tuples_of(query):
        yield number, f"lớp {class_name}, {format_date(day)}" if class_name else format_date(day)


def _periods(ids: list[int]) -> Found:
    query = ReadingPeriod.select(ReadingPeriod.id, ReadingPeriod.held_on, SchoolClass.name).join(SchoolClass)
    for number, day, class_name in tuples_of(query.where(ReadingPeriod.id.in_(ids))):
        yield number, f"lớp {class_name}, {format_date(day)}"


def _lessons(ids: list[int]) -> Found:
    query = LessonBooking.select(LessonBooking.id, LessonBooking.subject, LessonBooking.lesson_on)
    for number, subject, day in tuples_of(query.where(LessonBooking.id.in_(ids))):
        yield number, f"{subject}, {format_date(day)}"


def _stops(ids: list[int]) -> Found:
    query = ShelfStop.select(ShelfStop.id, ShelfStop.place, HoldingUnit.name).join(HoldingUnit)
    for number, place, unit in tuples_of(query.where(ShelfStop.id.in_(ids))):
        yield number, f"{place} – {unit}"


def _blocks(ids: list[int]) -> Found:
    query = ReaderBlock.select(ReaderBlock.id, ReaderBlock.ends_on, ReaderBlock.reason)
    for number, until, reason in tuples_of(query.where(ReaderBlock.id.in_(ids))):
        yield number, (f"đến {format_date(until)}" if until else "đến khi mở lại") + (f", {reason}" if reason else "")


def _entries(ids: list[int]) -> Found:
    query = AuditEntry.select(AuditEntry.id, AuditEntry.at).where(AuditEntry.id.in_(ids))
    return ((number, f"lượt lúc {format_instant(at)}") for number, at in tuples_of(query))


def _reports(ids: list[int]) -> Found:
    query = MonthlyReport.select(MonthlyReport.id, MonthlyReport.year, MonthlyReport.month)
    for number, year, month in tuples_of(query.where(MonthlyReport.id.in_(ids))):
        yield number, f"{month:02d}/{year}"


_FINDERS: dict[str, Callable[[list[int]], Found]] = {
    "reader": _readers,
    "record": _records,
    "copy": _copies,
    "loan": _of_copy(Loan),
    "charge": _of_copy(Charge),
    "hold": _holds,
    "class": _plain(SchoolClass, SchoolClass.name),
    "department": _plain(Department, Department.name),
    "collection": _plain(Collection, Collection.name),
    "holding_unit": _plain(HoldingUnit, HoldingUnit.name),
    "hand_over": _plain(HandOver, HandOver.number),
    "textbook_batch": _plain(TextbookBatch, TextbookBatch.number),
    "rotation_plan": _plain(RotationPlan, RotationPlan.name),
    "stocktake": _plain(Stocktake, Stocktake.name),
    "promotion_session": _plain(PromotionSession, PromotionSession.title),
    "closed_period": _plain(ClosedPeriod, ClosedPeriod.name),
    "staff": _plain(StaffAccount, StaffAccount.display_name),
    "device": _plain(Device, Device.name),
    "mail": _plain(MailMessage, MailMessage.subject),
    "visit": _visits,
    "reading_period": _periods,
    "lesson_booking": _lessons,
    "shelf_stop": _stops,
    "block": _blocks,
    "audit": _entries,
    "monthly_report": _reports,
}
