"""Facts about readers and copies as the rules want them, in few statements. Reads only, never commits.

What the OPAC wants is in availability.py, lists in queries.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import peewee as pw

from library.cataloguing.model import shown_title
from library.cataloguing.tables import Collection, Copy, Record
from library.contract.scans import clean_scan
from library.foundation.clock import local_date, today
from library.foundation.errors import Reason
from library.foundation.tables import SchoolYear
from library.lending.bookings.facts import list_lesson_needs
from library.lending.model import Block, CopyFacts, LoanFacts, OpenLoan, ReaderFacts, UnitFact, UnitKind
from library.lending.rows import PreparedSelect, slot
from library.lending.rules import make_reason
from library.lending.tables import BookedTitle, Hold, HoldingUnit, LessonBooking, Loan, Placement
from library.lending.whereabouts import join_whereabouts
from library.readers.present_classes import LAST_CLASS_FOR
from library.readers.tables import Card, Enrolment, Reader, ReaderBlock, SchoolClass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderAtDesk:
    """A reader with what a loan row keeps of the day (class, grade) and the facts for the rules.
    `class_year`: the school year of that class where it is not the one of the day (L200)."""

    id: int
    card: str
    full_name: str
    kind: str
    class_name: str | None
    facts: ReaderFacts
    class_year: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyAtDesk:
    """A copy with its title and who has it, and the facts for the rules."""

    id: int
    barcode: str
    accession_number: str
    record_id: int
    title: str
    collection_name: str
    shelf_location: str
    price: int | None
    loan_reader_name: str | None
    loan_class_name: str | None
    ready_hold_id: int | None
    ready_until_on: date | None
    unit_id: int | None
    open_holds: bool  # somebody waits for the title, or has it kept
    facts: CopyFacts


def find_reader(
    *, card: str | None = None, reader_id: int | None = None, year_id: int | None, today: date
) -> ReaderAtDesk | None:
    """By active card number or by id; None when there is none. `year_id`: the school year of today."""
    if card is not None:
        rows = _READER_BY_CARD.rows(year_id=year_id, today=today, card=card)
    else:
        rows = _READER_BY_ID.rows(year_id=year_id, today=today, reader_id=reader_id)
    if not rows:
        return None
    row, class_year = rows[0], None
    if row["class_name"] is None and row["kind"] == "pupil":  # August: nobody has moved up yet
        last = _LAST_CLASS.rows(reader_id=row["id"], today=today, since=today - LAST_CLASS_FOR)
        if last:
            row = {**row, "class_name": last[0]["class_name"], "grade": last[0]["grade"]}
            class_year = last[0]["label"]
    facts = ReaderFacts(
        id=row["id"],
        name=row["full_name"],
        kind=row["kind"],
        grade=row["grade"],
        active=row["status"] == "active",
        leaves_on=row["leaves_on"],
        blocks=list_blocks(row["id"], today),
        open_loans=list_open_loan_facts(row["id"]),
    )
    return ReaderAtDesk(
        id=row["id"], card=row["number"] or "", full_name=row["full_name"], kind=row["kind"],
        class_name=row["class_name"], facts=facts, class_year=class_year,
    )  # fmt: skip


def _select_reader() -> Any:
    # The class of that day: a kiosk may tell of a loan made before the pupil changed class or moved up.
    held_then = Enrolment.ended_on.is_null() | (Enrolment.ended_on > slot("today"))
    enrolled = (Enrolment.reader == Reader.id) & (Enrolment.school_year == slot("year_id")) & held_then
    return (
        Reader.select(
            Reader.id, Reader.full_name, Reader.kind, Reader.status, Reader.leaves_on,
            Card.number, SchoolClass.name.alias("class_name"), SchoolClass.grade,
        )
        .join(Card, pw.JOIN.LEFT_OUTER, on=(Card.reader == Reader.id) & (Card.status == "active"))
        .switch(Reader)
        .join(Enrolment, pw.JOIN.LEFT_OUTER, on=enrolled)
        .join(SchoolClass, pw.JOIN.LEFT_OUTER, on=(Enrolment.school_class == SchoolClass.id))
        .where(Reader.merged_into.is_null())
        .order_by(Enrolment.ended_on.is_null(), Enrolment.ended_on)
        .limit(1)
    )  # fmt: skip


def _select_last_class() -> Any:
    """L200: the class of the school year that has ended, where the new one has none yet."""
    return (
        Enrolment.select(SchoolClass.name.alias("class_name"), SchoolClass.grade, SchoolYear.label)
        .join(SchoolClass)
        .switch(Enrolment)
        .join(SchoolYear, on=(Enrolment.school_year == SchoolYear.id))
        .where(
            Enrolment.reader == slot("reader_id"),
            Enrolment.ended_on.is_null() | (Enrolment.ended_on > slot("today")),
            SchoolYear.ends_on < slot("today"),
            SchoolYear.ends_on >= slot("since"),
        )
        .order_by(SchoolYear.ends_on.desc(), Enrolment.id.desc())
        .limit(1)
    )


def list_last_classes(day: date) -> dict[int, tuple[str, int | None]]:
    """L200 for all pupils at once: reader id -> (class, grade) of the school year that has ended."""
    query = (
        Enrolment.select(Enrolment.reader, SchoolClass.name, SchoolClass.grade)
        .join(SchoolClass)
        .switch(Enrolment)
        .join(SchoolYear, on=(Enrolment.school_year == SchoolYear.id))
        .where(
            Enrolment.ended_on.is_null() | (Enrolment.ended_on > day),
            SchoolYear.ends_on < day,
            SchoolYear.ends_on >= day - LAST_CLASS_FOR,
        )
        .order_by(SchoolYear.ends_on, Enrolment.id)
    )
    return {reader_id: (name, grade) for reader_id, name, grade in query.tuples()}


_LAST_CLASS = PreparedSelect(_select_last_class)
_READER_BY_CARD = PreparedSelect(lambda: _select_reader().where(Card.number == slot("card")))
_READER_BY_ID = PreparedSelect(lambda: _select_reader().where(Reader.id == slot("reader_id")))


def unknown_card(card: str) -> Reason:
    """L10: why a scanned card opens nothing, said apart for one that was ours once (lost, replaced, closed)."""
    was_ours = Card.select().where(Card.number == clean_scan(card)).exists()
    return make_reason("card_replaced" if was_ours else "reader_unknown", card=card)


def list_blocks(reader_id: int, today: date) -> tuple[Block, ...]:
    """Blocks that hold today, the longest first."""
    rows = _BLOCKS.rows(reader_id=reader_id, today=today)
    blocks = [Block(until=row["ends_on"], why=row["reason"]) for row in rows]
    return tuple(sorted(blocks, key=lambda block: block.until or date.max, reverse=True))


def list_open_loan_facts(reader_id: int) -> tuple[OpenLoan, ...]:
    """What counts towards limits and lateness. Material and collection are those of the day of the loan."""
    return tuple(
        OpenLoan(
            due_on=row["due_on"], material=row["material"], collection=row["collection"], record_id=row["record"],
            purpose=row["purpose"],
        )
        for row in _OPEN_LOANS.rows(reader_id=reader_id)
    )  # fmt: skip


_BLOCKS = PreparedSelect(
    lambda: ReaderBlock.select(ReaderBlock.ends_on, ReaderBlock.reason).where(
        ReaderBlock.reader == slot("reader_id"),
        ReaderBlock.lifted_at.is_null(),
        ReaderBlock.starts_on <= slot("today"),
        ReaderBlock.ends_on.is_null() | (ReaderBlock.ends_on >= slot("today")),
    )
)
_OPEN_LOANS = PreparedSelect(
    lambda: Loan.select(Loan.due_on, Loan.material, Loan.collection, Copy.record, Loan.purpose)
    .join(Copy)
    .where(Loan.reader == slot("reader_id"), Loan.returned_at.is_null())
)


def find_copy(
    *, barcode: str | None = None, copy_id: int | None = None, for_reader: int | None = None
) -> CopyAtDesk | None:
    """By barcode (else accession number) or by id. Holds are counted as `for_reader` would meet them."""
    if copy_id is not None:
        rows = _COPY_BY_ID.rows(code=copy_id)
    else:
        rows = _COPY_BY_BARCODE.rows(code=barcode) or _COPY_BY_NUMBER.rows(code=barcode)
    if not rows:
        return None
    row = rows[0]
    ahead, this_copy, free = 0, False, 1
    if row["open_holds"]:
        ahead, this_copy = count_holds_ahead(row["record"], row["id"], for_reader)
        if ahead:
            free = count_free_copies(row["record"])
    lessons = list_lesson_needs(row["record"], today()) if row["open_lessons"] else ()
    unit = None
    if row["unit_id"] is not None:
        unit = unit_fact(row["unit_id"], row["unit_kind"], row["unit_name"], row["unit_class"])
    loan = None
    if row["loan_id"] is not None:
        loan = LoanFacts(
            id=row["loan_id"],
            reader_id=row["loan_reader"],
            due_on=row["due_on"],
            loaned_on=row["loaned_on"],
            renewals=row["renewals"],
            purpose=row["purpose"],
            recalled=row["recalled_on"] is not None,
        )
    since = row["withdrawn_on"]
    if since is None and row["status_changed_at"] is not None:
        since = local_date(row["status_changed_at"])
    facts = CopyFacts(
        id=row["id"],
        barcode=row["barcode"],
        record_id=row["record"],
        material=row["material"],
        collection=row["collection_code"],
        title=row["title"],
        status=row["status"],
        use=row["use"],
        home_loan=row["home_loan"],
        status_since=since,
        loan=loan,
        unit=unit,
        ready_for=row["ready_reader"],
        held_for_other=this_copy,
        holds_ahead=ahead,
        free_copies=free,
        lessons=lessons,
    )
    return CopyAtDesk(
        id=row["id"],
        barcode=row["barcode"],
        accession_number=row["accession_number"],
        record_id=row["record"],
        title=shown_title(row["title"], row["part"]),
        collection_name=row["collection_name"],
        shelf_location=row["shelf_location"],
        price=row["price"],
        loan_reader_name=row["loan_reader_name"],
        loan_class_name=row["loan_class"],
        ready_hold_id=row["ready_hold"],
        ready_until_on=row["ready_until"],
        unit_id=row["unit_id"],
        open_holds=bool(row["open_holds"]),
        facts=facts,
    )


def name_holder(reasons: Iterable[Reason], copy: CopyAtDesk | None) -> tuple[Reason, ...]:
    """The same reasons for staff, who are told which reader has the copy."""
    if copy is None or not copy.loan_reader_name:
        return tuple(reasons)
    holder = f"{copy.loan_reader_name} {copy.loan_class_name or ''}".strip()
    return tuple(
        replace(reason, params={**reason.params, "holder": holder}) if reason.code == "copy_on_loan" else reason
        for reason in reasons
    )


def unit_fact(unit_id: int, kind: str, name: str, class_name: str | None) -> UnitFact:
    """A corner is named by its class ("3A"), anything else by its own name."""
    shown = class_name if kind == UnitKind.CLASS_CORNER and class_name else name
    return UnitFact(id=unit_id, kind=kind, name=shown)


def _select_copy() -> Any:
    queue = Hold.alias()
    open_holds = queue.select(pw.Value(1)).where(queue.record == Copy.record, queue.ended_at.is_null())
    open_lessons = (
        BookedTitle.select(pw.Value(1))
        .join(LessonBooking)
        .where(BookedTitle.record == Copy.record, LessonBooking.status == "planned")
    )
    copies = (
        Copy.select(
            Copy.id, Copy.barcode, Copy.accession_number, Copy.record, Copy.status, Copy.use, Copy.price,
            Copy.shelf_location, Copy.withdrawn_on, Copy.status_changed_at,
            Record.title, Record.part, Record.material,
            Collection.code.alias("collection_code"), Collection.name.alias("collection_name"), Collection.home_loan,
            Loan.id.alias("loan_id"), Loan.reader.alias("loan_reader"), Loan.due_on, Loan.loaned_on,
            Loan.renewals, Loan.purpose, Loan.recalled_on, Reader.full_name.alias("loan_reader_name"),
            Loan.class_name.alias("loan_class"),
            HoldingUnit.id.alias("unit_id"), HoldingUnit.kind.alias("unit_kind"), HoldingUnit.name.alias("unit_name"),
            SchoolClass.name.alias("unit_class"),
            Hold.id.alias("ready_hold"), Hold.reader.alias("ready_reader"), Hold.pickup_until_on.alias("ready_until"),
            pw.fn.EXISTS(open_lessons).alias("open_lessons"),
            pw.fn.EXISTS(open_holds).alias("open_holds"),  # almost always no: then no more is asked about them
        )
        .join(Record)
        .switch(Copy)
        .join(Collection)
        .limit(1)
    )  # fmt: skip
    return join_whereabouts(copies).join_from(Loan, Reader, pw.JOIN.LEFT_OUTER, on=(Loan.reader == Reader.id))


_COPY_BY_ID = PreparedSelect(lambda: _select_copy().where(Copy.id == slot("code")))
_COPY_BY_BARCODE = PreparedSelect(lambda: _select_copy().where(Copy.barcode == slot("code")))
_COPY_BY_NUMBER = PreparedSelect(lambda: _select_copy().where(Copy.accession_number == slot("code")))


def list_waiting_holds(record_id: int, copy_id: int | None = None) -> list[Hold]:
    """The queue of a title (L70); with `copy_id` only those this copy can serve."""
    query = Hold.select().where(Hold.record == record_id, Hold.status == "waiting")
    if copy_id is not None:
        query = query.where(Hold.copy.is_null() | (Hold.copy == copy_id))
    return list(query.order_by(Hold.priority, Hold.placed_at, Hold.id))


def count_holds_ahead(record_id: int, copy_id: int, reader_id: int | None) -> tuple[int, bool]:
    """(holds that come before this reader's own, or all without one; does one of them want this very copy)."""
    ahead, this_copy = 0, False
    for hold in list_waiting_holds(record_id):
        if hold.reader_id == reader_id:
            break
        ahead += 1
        this_copy = this_copy or hold.copy_id == copy_id
    return ahead, this_copy


def count_free_copies(record_id: int, without_copy: int | None = None) -> int:
    """Copies of a title that could be lent now: in service, at home, not kept for anybody."""
    query = free_copies_query(Copy.select(pw.fn.COUNT(Copy.id))).where(Copy.record == record_id, Copy.use == "loan")
    if without_copy is not None:
        query = query.where(Copy.id != without_copy)
    return query.scalar()


def free_copies_query(query: Any) -> Any:
    """Narrow a select over Copy to those that stand on the shelf: the one definition of "free" (L26)."""
    return query.where(
        Copy.status == "in_service",
        ~pw.fn.EXISTS(Loan.select(pw.Value(1)).where(Loan.copy == Copy.id, Loan.returned_at.is_null())),
        ~pw.fn.EXISTS(Placement.select(pw.Value(1)).where(Placement.copy == Copy.id, Placement.removed_at.is_null())),
        ~pw.fn.EXISTS(Hold.select(pw.Value(1)).where(Hold.ready_copy == Copy.id, Hold.status == "ready")),
    )
