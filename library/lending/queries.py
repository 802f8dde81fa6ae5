"""What others ask lending: availability for the OPAC and the search filter, loans of a reader, overdue
lists, holds. Reads only, never commits, and nothing for the OPAC names a reader.

Facts for one decision at the desk are in desk_facts.py. Corners and shelves: units/queries.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import peewee as pw

from library.cataloguing.tables import Collection, Copy, Record
from library.foundation.clock import local_date, today
from library.lending.desk_facts import free_copies_query, unit_fact
from library.lending.model import UnitKind
from library.lending.rows import dicts_of, tuples_of
from library.lending.tables import Hold, HoldingUnit, Loan, LoanEvent, LoanPolicy, Placement, ShelfStop
from library.readers.tables import Card, Enrolment, Reader, SchoolClass

CHUNK = 400  # below SQLite's old limit of 999 bound values
_WEEKDAYS = ("", "thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


# --- availability (design.md promise 1: always from copies and open loans) -------------------------


def list_availability(record_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """record id -> (copies in service, copies that can be taken home now). Ids without copies are left out."""
    ids = list(dict.fromkeys(record_ids))
    found: dict[int, tuple[int, int]] = {}
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        totals = Copy.select(Copy.record, pw.fn.COUNT(Copy.id)).where(
            Copy.record.in_(chunk), Copy.status.not_in(("withdrawn", "lost"))
        )
        free = _lendable_now(Copy.select(Copy.record, pw.fn.COUNT(Copy.id)).join(Collection).switch(Copy).join(Record))
        available = dict(tuples_of(free.where(Copy.record.in_(chunk)).group_by(Copy.record)))
        for record_id, total in tuples_of(totals.group_by(Copy.record)):
            found[record_id] = (total, available.get(record_id, 0))
    return found


def available_record_ids() -> set[int]:
    """Titles with at least one copy that can be taken home now (the search filter "còn trên kệ")."""
    query = _lendable_now(Copy.select(Copy.record).join(Collection).switch(Copy).join(Record))
    return {row[0] for row in tuples_of(query.distinct())}


def _lendable_now(query: Any) -> Any:
    """Free copies that may leave the house; the select has joined Collection and Record."""
    query = free_copies_query(query).where(Copy.use == "loan", Collection.home_loan == True)  # noqa: E712  SQL
    materials, collections = list_never_lent()
    if materials:
        query = query.where(Record.material.not_in(materials))
    if collections:
        query = query.where(Collection.code.not_in(collections))
    return query


def list_never_lent() -> tuple[list[str], list[str]]:
    """Materials and collections that the policy table lends to nobody (rows that name nothing else)."""
    rows = LoanPolicy.select(LoanPolicy.material, LoanPolicy.collection).where(
        LoanPolicy.loanable == False,  # noqa: E712  SQL
        LoanPolicy.reader_kind.is_null(),
        LoanPolicy.grade.is_null(),
    )
    named = tuples_of(rows)
    materials = [material for material, code in named if material and not code]
    collections = [code for material, code in named if code and not material]
    return materials, collections


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyState:
    """Where a copy is, in words for everybody. `status`: available | on_loan | held | class_corner |
    mobile_shelf | reading_room | reference | repair | missing | lost."""

    copy_id: int
    barcode: str
    accession_number: str
    collection: str
    collection_name: str
    shelf_location: str
    status: str
    label: str
    due_on: date | None = None
    unit_id: int | None = None
    unit_name: str | None = None
    class_name: str | None = None
    stop_place: str | None = None
    stop_until_on: date | None = None


def copy_states(record_id: int) -> list[CopyState]:
    """Every copy of a title but withdrawn ones, in accession order; no reader is named."""
    query = (
        Copy.select(
            Copy.id, Copy.barcode, Copy.accession_number, Copy.status, Copy.use, Copy.shelf_location,
            Record.material, Collection.code, Collection.name.alias("collection_name"), Collection.home_loan,
            Loan.id.alias("loan_id"), Loan.due_on,
            HoldingUnit.id.alias("unit_id"), HoldingUnit.kind, HoldingUnit.name.alias("unit_name"),
            SchoolClass.name.alias("class_name"), Hold.id.alias("hold_id"),
        )
        .join(Record)
        .switch(Copy)
        .join(Collection)
        .switch(Copy)
        .join(Loan, pw.JOIN.LEFT_OUTER, on=(Loan.copy == Copy.id) & Loan.returned_at.is_null())
        .switch(Copy)
        .join(Placement, pw.JOIN.LEFT_OUTER, on=(Placement.copy == Copy.id) & Placement.removed_at.is_null())
        .join(HoldingUnit, pw.JOIN.LEFT_OUTER, on=(Placement.unit == HoldingUnit.id))
        .join(SchoolClass, pw.JOIN.LEFT_OUTER, on=(HoldingUnit.school_class == SchoolClass.id))
        .switch(Copy)
        .join(Hold, pw.JOIN.LEFT_OUTER, on=(Hold.ready_copy == Copy.id) & (Hold.status == "ready"))
        .where(Copy.record == record_id, Copy.status != "withdrawn")
        .order_by(Copy.accession_number)
    )  # fmt: skip
    materials, collections = list_never_lent()
    states = []
    for row in dicts_of(query):
        stop = current_stop(row["unit_id"]) if row["kind"] == UnitKind.MOBILE_SHELF else None
        stays = not row["home_loan"] or row["material"] in materials or row["code"] in collections
        status, label = _state(row, stop, stays)
        at_class = row["class_name"] if status == "class_corner" else None
        states.append(
            CopyState(
                copy_id=row["id"],
                barcode=row["barcode"],
                accession_number=row["accession_number"],
                collection=row["code"],
                collection_name=row["collection_name"],
                shelf_location=row["shelf_location"],
                status=status,
                label=label,
                due_on=row["due_on"] if status == "on_loan" else None,
                unit_id=row["unit_id"],
                unit_name=row["unit_name"],
                class_name=at_class,
                stop_place=stop.place if stop else None,
                stop_until_on=stop.planned_until_on if stop else None,
            )
        )
    return states


def _state(row: dict[str, Any], stop: ShelfStop | None, stays: bool) -> tuple[str, str]:
    if row["status"] == "lost":
        return "lost", "Đã báo mất"
    if row["status"] == "missing":
        return "missing", "Đang tìm"
    if row["status"] == "repair":
        return "repair", "Đang tu sửa"
    if row["loan_id"] is not None:
        return "on_loan", f"Đang mượn – hạn {row['due_on']:%d/%m}"
    if row["unit_id"] is not None:
        unit = unit_fact(row["unit_id"], row["kind"], row["unit_name"], row["class_name"])
        if row["kind"] == UnitKind.CLASS_CORNER:
            return "class_corner", f"Ở góc lớp {unit.name}"
        if stop is not None:
            day = _WEEKDAYS[stop.planned_until_on.isoweekday()]
            return "mobile_shelf", f"{unit.name} – ở {stop.place} đến {day}, {stop.planned_until_on:%d/%m}"
        return "mobile_shelf", f"Ở {unit.name}"
    if row["hold_id"] is not None:
        return "held", "Giữ cho bạn đọc đã đặt"
    if row["use"] == "reference":
        return "reference", "Tra cứu tại thư viện"
    if row["use"] == "reading_room" or stays:
        return "reading_room", "Đọc tại chỗ"
    return "available", "Còn trên kệ"


def current_stop(unit_id: int) -> ShelfStop | None:
    """Where a mobile shelf is now (L87); None while it is at home."""
    return (
        ShelfStop.select()
        .where(
            ShelfStop.unit == unit_id,
            ShelfStop.arrived_at.is_null(False),
            ShelfStop.left_at.is_null(),
            ShelfStop.cancelled_at.is_null(),
        )
        .order_by(ShelfStop.sequence)
        .first()
    )


# --- loans ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanLine:
    """An open or past loan as staff see it."""

    loan_id: int
    copy_id: int
    barcode: str
    accession_number: str
    record_id: int
    title: str
    price: int | None
    reader_id: int | None
    reader_name: str
    card: str
    class_name: str
    kind: str
    loaned_on: date
    due_on: date
    renewals: int
    returned_on: date | None
    days_late: int
    ended_as: str | None = None
    claimed_returned_on: date | None = None
    recalled_on: date | None = None
    comment: str = ""


def _loan_lines(condition: Iterable[Any], order: Sequence[Any], limit: int | None) -> list[LoanLine]:
    day = today()
    query = (
        Loan.select(
            Loan.id, Copy.id.alias("copy_id"), Copy.barcode, Copy.accession_number, Copy.record,
            Record.title, Record.part, Copy.price, Record.price.alias("title_price"), Loan.reader,
            Reader.full_name, Card.number, Loan.class_name, Loan.reader_kind, Loan.loaned_on, Loan.due_on,
            Loan.renewals, Loan.returned_on, Loan.overdue_days, Loan.ended_as, Loan.claimed_returned_on,
            Loan.recalled_on, Loan.comment,
        )
        .join(Copy)
        .join(Record)
        .switch(Loan)
        .join(Reader, pw.JOIN.LEFT_OUTER)
        .join(Card, pw.JOIN.LEFT_OUTER, on=(Card.reader == Reader.id) & (Card.status == "active"))
        .where(*condition)
        .order_by(*order)
    )  # fmt: skip
    if limit is not None:
        query = query.limit(limit)
    lines = []
    for row in dicts_of(query):
        open_late = max((day - row["due_on"]).days, 0)
        lines.append(
            LoanLine(
                loan_id=row["id"],
                copy_id=row["copy_id"],
                barcode=row["barcode"],
                accession_number=row["accession_number"],
                record_id=row["record"],
                title=f"{row['title']}. {row['part']}" if row["part"] else row["title"],
                price=row["price"] or row["title_price"],
                reader_id=row["reader"],
                reader_name=row["full_name"] or "",
                card=row["number"] or "",
                class_name=row["class_name"] or "",
                kind=row["reader_kind"],
                loaned_on=row["loaned_on"],
                due_on=row["due_on"],
                renewals=row["renewals"],
                returned_on=row["returned_on"],
                days_late=open_late if row["returned_on"] is None else (row["overdue_days"] or 0),
                ended_as=row["ended_as"],
                claimed_returned_on=row["claimed_returned_on"],
                recalled_on=row["recalled_on"],
                comment=row["comment"] or "",
            )
        )
    return lines


def list_open_loans(reader_id: int) -> list[LoanLine]:
    """What a reader has now, the earliest due first."""
    return _loan_lines((Loan.reader == reader_id, Loan.returned_at.is_null()), (Loan.due_on, Loan.id), None)


def list_open_loans_of(reader_ids: Sequence[int]) -> dict[int, list[LoanLine]]:
    """reader id -> what they have now, in the order it was lent; for the list of a class."""
    found: dict[int, list[LoanLine]] = {}
    for start in range(0, len(reader_ids), CHUNK):
        chosen = Loan.reader.in_(list(reader_ids[start : start + CHUNK]))
        for line in _loan_lines((chosen, Loan.returned_at.is_null()), (Loan.id,), None):
            found.setdefault(line.reader_id or 0, []).append(line)
    return found


def find_loan(loan_id: int) -> LoanLine | None:
    """Any loan, open or past."""
    lines = _loan_lines((Loan.id == loan_id,), (Loan.id,), 1)
    return lines[0] if lines else None


def list_loan_events(loan_id: int) -> list[dict[str, Any]]:
    """What happened to a loan after it was made, in order: kind, at, due_before, due_after, actor_name, comment."""
    return dicts_of(LoanEvent.select().where(LoanEvent.loan == loan_id).order_by(LoanEvent.id))


def list_past_loans(reader_id: int, limit: int = 50) -> list[LoanLine]:
    """What a reader has brought back, the newest first. Steps that were undone are left out."""
    conditions = (
        Loan.reader == reader_id,
        Loan.returned_at.is_null(False),
        Loan.ended_as.is_null() | (Loan.ended_as != "corrected"),
    )
    return _loan_lines(conditions, (Loan.returned_at.desc(), Loan.id.desc()), limit)


def list_open_loans_due(since: date) -> list[LoanLine]:
    """Open loans due on `since` or later."""
    return _loan_lines((Loan.returned_at.is_null(), Loan.due_on >= since), (Loan.due_on, Loan.id), None)


def list_overdue(on: date | None = None) -> list[LoanLine]:
    """Open loans past their due day (L40), by class (natural order), name, due day. Class as it is now."""
    day = on or today()
    lines = _loan_lines((Loan.returned_at.is_null(), Loan.due_on < day), (Loan.due_on, Loan.id), None)
    classes = current_classes({line.reader_id for line in lines if line.reader_id is not None})
    sort_keys = (
        Reader.select(Reader.id, Reader.sort_key)
        .join(Loan, on=(Loan.reader == Reader.id))
        .where(Loan.returned_at.is_null(), Loan.due_on < day)
    )
    names: dict[int | None, str] = dict(tuples_of(sort_keys))
    far = "~"  # readers without a class come after all classes

    def order(line: LoanLine) -> tuple[str, str, date]:
        class_key = classes[line.reader_id][1] if line.reader_id in classes else far
        return class_key, names.get(line.reader_id, ""), line.due_on

    placed = [
        replace(line, class_name=classes[line.reader_id][0]) if line.reader_id in classes else line for line in lines
    ]
    return sorted(placed, key=order)


def current_classes(reader_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """reader id -> (class name, its sort key) of the newest open enrolment."""
    ids = list(reader_ids)
    found: dict[int, tuple[str, str]] = {}
    for start in range(0, len(ids), CHUNK):
        query = (
            Enrolment.select(Enrolment.reader, SchoolClass.name, SchoolClass.sort_key)
            .join(SchoolClass)
            .where(Enrolment.reader.in_(ids[start : start + CHUNK]), Enrolment.ended_on.is_null())
            .order_by(Enrolment.school_year)
        )
        found.update({reader_id: (name, sort_key) for reader_id, name, sort_key in tuples_of(query)})
    return found


def count_open_loans(reader_id: int) -> int:
    return Loan.select().where(Loan.reader == reader_id, Loan.returned_at.is_null()).count()


def list_open_counts(reader_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """reader id -> (open loans, those past their due day); readers without loans are left out."""
    ids = list(dict.fromkeys(reader_ids))
    late = pw.fn.SUM(pw.Case(None, ((Loan.due_on < today(), 1),), 0))
    found: dict[int, tuple[int, int]] = {}
    for start in range(0, len(ids), CHUNK):
        query = (
            Loan.select(Loan.reader, pw.fn.COUNT(Loan.id), late)
            .where(Loan.reader.in_(ids[start : start + CHUNK]), Loan.returned_at.is_null())
            .group_by(Loan.reader)
        )
        found.update({reader_id: (count, int(overdue)) for reader_id, count, overdue in tuples_of(query)})
    return found


def count_overdue(on: date | None = None) -> int:
    """For the page "Hôm nay"."""
    return Loan.select().where(Loan.returned_at.is_null(), Loan.due_on < (on or today())).count()


def count_loans_on(day: date) -> int:
    """Loans to persons made on a day, corrected ones left out."""
    return (
        Loan.select()
        .where(Loan.loaned_on == day, Loan.ended_as.is_null() | (Loan.ended_as != "corrected"))
        .count()
    )


def find_open_loan(copy_id: int) -> LoanLine | None:
    lines = _loan_lines((Loan.copy == copy_id, Loan.returned_at.is_null()), (Loan.id,), 1)
    return lines[0] if lines else None


def list_copy_history(copy_id: int, limit: int = 50) -> list[LoanLine]:
    """Loans of one copy, the newest first."""
    return _loan_lines((Loan.copy == copy_id,), (Loan.id.desc(),), limit)


# --- holds ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLine:
    hold_id: int
    record_id: int
    title: str
    reader_id: int
    reader_name: str
    class_name: str
    status: str
    placed_on: date
    needed_until_on: date | None
    barcode: str | None  # the copy kept ready, or the copy asked for
    pickup_until_on: date | None
    free_copies: int


def list_holds(reader_id: int | None = None) -> list[HoldLine]:
    """Open holds: those on the pickup shelf first (by pickup day), then the queues by title."""
    ready_copy, wanted = Copy.alias(), Copy.alias()
    query = (
        Hold.select(
            Hold.id, Hold.record, Record.title, Record.part, Hold.reader, Reader.full_name, Hold.status, Hold.placed_at,
            Hold.needed_until_on, Hold.pickup_until_on, ready_copy.barcode.alias("ready_barcode"),
            wanted.barcode.alias("wanted_barcode"),
        )
        .join(Record)
        .switch(Hold)
        .join(Reader)
        .switch(Hold)
        .join(ready_copy, pw.JOIN.LEFT_OUTER, on=(Hold.ready_copy == ready_copy.id))
        .switch(Hold)
        .join(wanted, pw.JOIN.LEFT_OUTER, on=(Hold.copy == wanted.id))
        .where(Hold.ended_at.is_null())
        .order_by(Hold.status, Hold.pickup_until_on, Record.title_sort, Hold.priority, Hold.placed_at, Hold.id)
    )  # fmt: skip
    if reader_id is not None:
        query = query.where(Hold.reader == reader_id)
    rows = dicts_of(query)
    classes = current_classes({row["reader"] for row in rows})
    availability = list_availability({row["record"] for row in rows})
    return [
        HoldLine(
            hold_id=row["id"],
            record_id=row["record"],
            title=f"{row['title']}. {row['part']}" if row["part"] else row["title"],
            reader_id=row["reader"],
            reader_name=row["full_name"],
            class_name=classes.get(row["reader"], ("", ""))[0],
            status=row["status"],
            placed_on=local_date(row["placed_at"]),
            needed_until_on=row["needed_until_on"],
            barcode=row["ready_barcode"] or row["wanted_barcode"],
            pickup_until_on=row["pickup_until_on"],
            free_copies=availability.get(row["record"], (0, 0))[1],
        )
        for row in rows
    ]


def count_holds_ready(reader_id: int) -> int:
    return Hold.select().where(Hold.reader == reader_id, Hold.status == "ready").count()


def list_waiting_counts(record_ids: Iterable[int]) -> dict[int, int]:
    """record id -> how many wait for it."""
    query = (
        Hold.select(Hold.record, pw.fn.COUNT(Hold.id))
        .where(Hold.record.in_(list(record_ids)), Hold.status == "waiting")
        .group_by(Hold.record)
    )
    return dict(tuples_of(query))
