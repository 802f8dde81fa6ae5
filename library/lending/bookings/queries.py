"""Reads of bookings for lessons: one, a week, a month, the pick list, the plan of departments. Never commits.

Facts for a decision at the desk are in bookings/facts.py.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import peewee as pw

from library.cataloguing.tables import Collection, Copy, Record
from library.foundation.calendar import load_calendar
from library.foundation.clock import today
from library.foundation.errors import NotFound
from library.lending.bookings.facts import list_stocks
from library.lending.bookings.rules import Conflict, LessonSpan, find_conflicts
from library.lending.desk_facts import free_copies_query
from library.lending.rows import dicts_of, tuples_of
from library.lending.tables import BookedCopy, BookedTitle, LessonBooking, Loan
from library.readers.tables import Department, Reader, SchoolClass

STATUS_LABELS: dict[str, str] = {
    "planned": "Đã đặt",
    "prepared": "Đã lấy sẵn",
    "out": "Đang ở lớp",
    "done": "Đã nhận về",
    "cancelled": "Đã huỷ",
    "missed": "Chưa nhận sách",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedLine:
    """A title of a booking."""

    record_id: int
    title: str
    copies: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonCopy:
    """A copy that went to the lesson. `open`: not back yet."""

    barcode: str
    accession_number: str
    title: str
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingLine:
    """A booking as pages show it. `state`: a key of STATUS_LABELS, `status` as kept; `conflicts` only where
    asked for."""

    id: int
    lesson_on: date
    first_period: int
    last_period: int
    teacher_id: int
    teacher: str
    department: str
    class_id: int | None
    class_name: str
    subject: str
    equipment: str
    note: str
    status: str
    state: str
    number: str
    placed_by: str
    titles: tuple[BookedLine, ...]
    copies: tuple[LessonCopy, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    @property
    def periods(self) -> str:
        """Tiết 3, or tiết 3–4."""
        if self.first_period == self.last_period:
            return str(self.first_period)
        return f"{self.first_period}–{self.last_period}"

    @property
    def wanted(self) -> int:
        return sum(title.copies for title in self.titles)

    @property
    def given(self) -> int:
        return len(self.copies)

    @property
    def open(self) -> int:
        return sum(copy.open for copy in self.copies)

    def conflict(self, record_id: int | None) -> Conflict | None:
        """What stands against one title (None: against the day)."""
        return next((found for found in self.conflicts if found.record_id == record_id), None)


def get_booking(booking_id: int) -> BookingLine:
    """One booking with its copies and conflicts. NotFound lesson_unknown."""
    found = _lines(LessonBooking.id == booking_id)
    if not found:
        raise NotFound("lesson_unknown")
    return _with_conflicts(found, found[0].lesson_on, found[0].lesson_on)[0]


def list_bookings(since: date, until: date, *, with_cancelled: bool = False) -> list[BookingLine]:
    """Bookings of these days by day and tiết, each with what stands against it."""
    condition = LessonBooking.lesson_on.between(since, until)
    if not with_cancelled:
        condition = condition & (LessonBooking.status != "cancelled")
    return _with_conflicts(_lines(condition), since, until)


def list_spans(since: date, until: date) -> list[LessonSpan]:
    """What lessons of these days still need, for the rules; the earlier placed has the lower `order`."""
    query = (
        BookedTitle.select(
            LessonBooking.id, BookedTitle.record, LessonBooking.lesson_on, LessonBooking.first_period,
            LessonBooking.last_period, BookedTitle.copies,
        )
        .join(LessonBooking)
        .where(LessonBooking.lesson_on.between(since, until), LessonBooking.status == "planned")
        .order_by(LessonBooking.id, BookedTitle.id)
    )  # fmt: skip
    return [
        LessonSpan(
            booking_id=booking_id, record_id=record_id, on=on, first_period=first, last_period=last, copies=copies,
            order=booking_id,
        )
        for booking_id, record_id, on, first, last, copies in tuples_of(query)
    ]  # fmt: skip


def _with_conflicts(lines: Sequence[BookingLine], since: date, until: date) -> list[BookingLine]:
    day = today()
    spans = [span for span in list_spans(since, until) if span.on >= day]
    if not spans:
        return list(lines)
    stocks = list_stocks([span.record_id for span in spans], day)
    by_booking: dict[int, list[Conflict]] = defaultdict(list)
    for conflict in find_conflicts(spans, stocks, load_calendar()):
        by_booking[conflict.booking_id].append(conflict)
    return [dataclasses.replace(line, conflicts=tuple(by_booking.get(line.id, ()))) for line in lines]


def _lines(condition: Any) -> list[BookingLine]:
    teacher = Reader.alias()
    query = (
        LessonBooking.select(
            LessonBooking.id, LessonBooking.lesson_on, LessonBooking.first_period, LessonBooking.last_period,
            LessonBooking.teacher, teacher.full_name.alias("teacher_name"), Department.name.alias("department"),
            LessonBooking.school_class, SchoolClass.name.alias("class_name"), LessonBooking.subject,
            LessonBooking.equipment, LessonBooking.note, LessonBooking.status, LessonBooking.prepared_at,
            LessonBooking.number, LessonBooking.placed_by,
        )
        .join(teacher, on=(LessonBooking.teacher == teacher.id))
        .join(Department, pw.JOIN.LEFT_OUTER, on=(Department.id == teacher.department))
        .switch(LessonBooking)
        .join(SchoolClass, pw.JOIN.LEFT_OUTER, on=(LessonBooking.school_class == SchoolClass.id))
        .where(condition)
        .order_by(LessonBooking.lesson_on, LessonBooking.first_period, LessonBooking.id)
    )  # fmt: skip
    rows = dicts_of(query)
    ids = [row["id"] for row in rows]
    titles, copies = _titles_of(ids), _copies_of(ids)
    return [_line(row, titles.get(row["id"], ()), copies.get(row["id"], ())) for row in rows]


def _line(row: dict[str, Any], titles: Sequence[BookedLine], copies: Sequence[LessonCopy]) -> BookingLine:
    state = row["status"]
    if state == "planned" and row["lesson_on"] < today():
        state = "missed"
    elif state == "planned" and row["prepared_at"] is not None:
        state = "prepared"
    elif state == "out" and not any(copy.open for copy in copies):
        state = "done"  # L126: wherever they were scanned
    return BookingLine(
        id=row["id"], lesson_on=row["lesson_on"], first_period=row["first_period"], last_period=row["last_period"],
        teacher_id=row["teacher"], teacher=row["teacher_name"] or "", department=row["department"] or "",
        class_id=row["school_class"], class_name=row["class_name"] or "", subject=row["subject"],
        equipment=row["equipment"], note=row["note"], status=row["status"], state=state, number=row["number"] or "",
        placed_by=row["placed_by"], titles=tuple(titles), copies=tuple(copies),
    )  # fmt: skip


def _titles_of(ids: Sequence[int]) -> dict[int, list[BookedLine]]:
    found: dict[int, list[BookedLine]] = defaultdict(list)
    if not ids:
        return found
    query = (
        BookedTitle.select(BookedTitle.booking, BookedTitle.record, Record.title, Record.part, BookedTitle.copies)
        .join(Record)
        .where(BookedTitle.booking.in_(list(ids)))
        .order_by(BookedTitle.id)
    )
    for booking_id, record_id, title, part, copies in tuples_of(query):
        shown = f"{title}. {part}" if part else title
        found[booking_id].append(BookedLine(record_id=record_id, title=shown, copies=copies))
    return found


def _copies_of(ids: Sequence[int]) -> dict[int, list[LessonCopy]]:
    found: dict[int, list[LessonCopy]] = defaultdict(list)
    if not ids:
        return found
    query = (
        BookedCopy.select(
            BookedCopy.booking, Copy.barcode, Copy.accession_number, Record.title, Record.part, Loan.returned_at
        )
        .join(Loan)
        .join(Copy)
        .join(Record)
        .where(BookedCopy.booking.in_(list(ids)), Loan.ended_as.is_null() | (Loan.ended_as != "corrected"))
        .order_by(Record.title_sort, Copy.accession_number)
    )
    for booking_id, barcode, number, title, part, returned_at in tuples_of(query):
        shown = f"{title}. {part}" if part else title
        copy = LessonCopy(barcode=barcode, accession_number=number, title=shown, open=returned_at is None)
        found[booking_id].append(copy)
    return found


def list_free_for_lesson(wanted: Mapping[int, int]) -> dict[int, list[str]]:
    """record id -> barcodes of as many free copies as wanted, in the order of the shelves."""
    found: dict[int, list[str]] = defaultdict(list)
    for row in _free_copies(list(wanted)):
        if len(found[row["record"]]) < wanted[row["record"]]:
            found[row["record"]].append(row["barcode"])
    return found


def _free_copies(record_ids: Sequence[int]) -> list[dict[str, Any]]:
    query = (
        free_copies_query(
            Copy.select(
                Copy.record, Copy.barcode, Copy.accession_number, Copy.shelf_location, Collection.code,
                Collection.name.alias("collection_name"), Collection.sort_no, Record.call_number, Record.title,
                Record.part,
            )
        )
        .join(Collection)
        .switch(Copy)
        .join(Record)
        .where(Copy.record.in_(list(record_ids)))
        .order_by(Collection.sort_no, Collection.code, Copy.shelf_location, Record.call_number, Copy.accession_number)
    )  # fmt: skip
    return dicts_of(query)


@dataclass(frozen=True, slots=True, kw_only=True)
class PickLine:
    """One title on the pick list: where it stands, how many for which lesson, which copies to take."""

    place: str
    call_number: str
    title: str
    record_id: int
    booking: BookingLine
    wanted: int
    numbers: tuple[str, ...]

    @property
    def short(self) -> int:
        return self.wanted - len(self.numbers)


def list_picks(day: date, booking_id: int | None = None) -> list[PickLine]:
    """What to fetch for the lessons of a day (or for one), in the order of the shelves. Copies that one
    lesson takes are offered to a later one again only when the periods do not meet."""
    bookings = [line for line in list_bookings(day, day) if line.status == "planned" and booking_id in (None, line.id)]
    rows = _free_copies([title.record_id for line in bookings for title in line.titles])
    by_record: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_record[row["record"]].append(row)
    taken: dict[str, list[tuple[int, int]]] = defaultdict(list)
    picks: list[PickLine] = []
    for line in bookings:
        for title in line.titles:
            numbers: list[str] = []
            for row in by_record[title.record_id]:
                if len(numbers) == title.copies:
                    break
                spans = taken[row["accession_number"]]
                if all(last < line.first_period or first > line.last_period for first, last in spans):
                    spans.append((line.first_period, line.last_period))
                    numbers.append(row["accession_number"])
            first_row = by_record[title.record_id][0] if by_record[title.record_id] else {}
            where = (first_row.get("collection_name"), first_row.get("shelf_location"))
            place = " · ".join(part for part in where if part)
            picks.append(
                PickLine(
                    place=place or "Không có bản nào trên kệ", call_number=first_row.get("call_number", ""),
                    title=title.title, record_id=title.record_id, booking=line, wanted=title.copies,
                    numbers=tuple(numbers),
                )
            )  # fmt: skip
    return sorted(picks, key=lambda pick: (pick.place, pick.call_number, pick.title, pick.booking.first_period))
